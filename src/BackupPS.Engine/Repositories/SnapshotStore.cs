using System.Buffers;
using System.Globalization;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>The snapshots of a repository, and the notes on them.</summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
/// <param name="cache">Spares <see cref="ListAsync"/> from reading what it read before; <see langword="null"/>: every snapshot is read and proved.</param>
internal sealed class SnapshotStore(Repository repository, TimeProvider time, ISnapshotRecordCache? cache = null)
{
    /// <summary>Every snapshot, oldest first. Tombstones are none.</summary>
    /// <param name="onDamage">Told of each damaged snapshot, which is then passed over; <see langword="null"/>: damage is an exception.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<SnapshotState>> ListAsync(Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        Dictionary<string, int> notes = await ListNotesAsync(cancellationToken);
        var snapshots = new List<SnapshotState>();
        IReadOnlyDictionary<string, (long Length, SnapshotRecord Record)> cached = cache?.Read() ?? new Dictionary<string, (long Length, SnapshotRecord Record)>();
        var gone = new HashSet<string>(cached.Keys, StringComparer.Ordinal);
        var learned = new List<(long Length, SnapshotRecord Record)>();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Snapshots, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string id = RepositoryLayout.LastSegment(item.Name);
            try
            {
                SnapshotRecord? known = cached.TryGetValue(id, out (long Length, SnapshotRecord Record) hit) && hit.Length == item.Length ? hit.Record : null;
                SnapshotState? state = await ReadAsync(id, known, notes.GetValueOrDefault(id, -1), onDamage, cancellationToken);
                if (state is null) continue;
                snapshots.Add(state);
                gone.Remove(id);
                if (known is null) learned.Add((item.Length, state.Record));
            }
            catch (BackupException e) when (onDamage is not null && e.Error == BackupError.ObjectDamaged)
            {
                onDamage(e);
            }
        }

        cache?.Update(learned, gone);
        snapshots.Sort(static (a, b) =>
        {
            int order = a.Record.Time.CompareTo(b.Record.Time);
            if (order == 0) order = a.Record.Sequence.CompareTo(b.Record.Sequence);
            return order != 0 ? order : string.CompareOrdinal(a.Record.Id, b.Record.Id);
        });
        return snapshots;
    }

    /// <summary>The snapshot whose id begins with <paramref name="prefix"/>.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.SnapshotNotFound"/>, <see cref="BackupError.SnapshotAmbiguous"/> or <see cref="BackupError.ObjectDamaged"/>.</exception>
    public async Task<SnapshotState> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        var matches = new List<string>();
        string wanted = prefix.ToLowerInvariant();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Snapshots, cancellationToken))
        {
            string id = RepositoryLayout.LastSegment(item.Name);
            if (wanted.Length > 0 && RepositoryLayout.IsOurs(item.Name) && id.StartsWith(wanted, StringComparison.Ordinal)) matches.Add(id);
        }

        var found = new List<SnapshotState>();
        Dictionary<string, int> notes = matches.Count == 0 ? [] : await ListNotesAsync(cancellationToken);
        foreach (string id in matches)
        {
            SnapshotState? state = await ReadAsync(id, known: null, notes.GetValueOrDefault(id, -1), onDamage: static _ => { }, cancellationToken);
            if (state is not null) found.Add(state);
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new BackupException(BackupError.SnapshotNotFound, $"No snapshot in the repository at '{repository.Store.Location}' has an id that begins with '{prefix}'.", prefix),
            _ => throw new BackupException(BackupError.SnapshotAmbiguous, $"{found.Count} snapshots have an id that begins with '{prefix}': {string.Join(", ", found.Take(3).Select(static s => s.Record.Id))}.", prefix),
        };
    }

    /// <summary>Whether the snapshot is still there.</summary>
    public async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await ReadAsync(id, known: null, -1, onDamage: null, cancellationToken) is not null;

    /// <summary>Says something of a snapshot: puts the next note.</summary>
    public async Task<SnapshotState> AnnotateAsync(SnapshotState state, IReadOnlyList<string>? tag, bool? hold, CancellationToken cancellationToken)
    {
        while (true)
        {
            var note = new SnapshotNote { Tag = [.. tag ?? state.Tag], Hold = hold ?? state.Hold, Time = time.GetUtcNow().UtcDateTime };
            int number = state.NoteNumber + 1;
            if (number > RepositoryLayout.MaximumNumber) throw new BackupException(BackupError.ObjectDamaged, $"The notes of the snapshot {state.Record.Id} have no number left.", RepositoryLayout.Note(state.Record.Id, state.NoteNumber));
            string name = RepositoryLayout.Note(state.Record.Id, number);
            byte[] bytes = repository.SealRecord(SealedType.Note, name, note, RepositoryJson.Default.SnapshotNote);
            if (await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken))
            {
                return state with { Tag = note.Tag, Hold = note.Hold, NoteNumber = number };
            }

            // Somebody else has said something in between: what this call leaves open is taken from there.
            state = await FindAsync(state.Record.Id, cancellationToken);
        }
    }

    /// <summary>Removes a snapshot: the record of it first, then the snapshot, or a tombstone in its place while its session stands.</summary>
    public async Task RemoveAsync(SnapshotState state, CancellationToken cancellationToken)
    {
        SnapshotRecord record = state.Record;
        DateTime now = time.GetUtcNow().UtcDateTime;
        string removalName = RepositoryLayout.Removal(record.Id);
        var removal = new RemovalRecord
        {
            SnapshotId = record.Id,
            PolicyName = record.PolicyName,
            HostId = record.HostId,
            PredecessorId = record.PredecessorId,
            Sequence = record.Sequence,
            Time = record.Time,
            Removed = now,
        };
        await repository.Store.PutNewAsync(removalName, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Removal, removalName, removal, RepositoryJson.Default.RemovalRecord)), cancellationToken);

        string name = RepositoryLayout.Snapshot(record.Id);
        if (await repository.Store.GetLengthAsync(RepositoryLayout.Session(record.Id), cancellationToken) >= 0)
        {
            // A retry of its writer's commit must find the name taken.
            var tombstone = new TombstoneRecord { Reason = "removed", Time = now };
            await repository.Store.PutAsync(name, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Tombstone, name, tombstone, RepositoryJson.Default.TombstoneRecord)), cancellationToken);
        }
        else
        {
            await repository.Store.DeleteAsync(name, cancellationToken);
        }

        for (int number = state.NoteNumber; number >= 0; number--)
        {
            await repository.Store.DeleteAsync(RepositoryLayout.Note(record.Id, number), cancellationToken);
        }
    }

    private async Task<SnapshotState?> ReadAsync(string id, SnapshotRecord? known, int noteNumber, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        SnapshotRecord? record = known ?? await ReadRecordAsync(id, cancellationToken);
        if (record is null) return null;
        try
        {
            SnapshotNote? note = noteNumber < 0 ? null
                : await repository.ReadRecordAsync(SealedType.Note, RepositoryLayout.Note(id, noteNumber), RepositoryJson.Default.SnapshotNote, cancellationToken);
            return new SnapshotState(record, note?.Tag ?? record.Tag, note?.Hold ?? false, noteNumber);
        }
        catch (BackupException e) when (onDamage is not null && e.Error == BackupError.ObjectDamaged)
        {
            // What the note said is lost; it may have been a hold, so that retention must leave the snapshot alone.
            onDamage(e);
            return new SnapshotState(record, record.Tag, Hold: true, noteNumber);
        }
    }

    // Absent, or a tombstone: there is no such snapshot.
    private async Task<SnapshotRecord?> ReadRecordAsync(string id, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Snapshot(id);
        byte[]? bytes = await repository.GetRecordBytesAsync(name, cancellationToken);
        if (bytes is null) return null;
        if (SealedObject.PeekType(bytes) != SealedType.Tombstone) return repository.OpenRecord(SealedType.Snapshot, name, RepositoryJson.Default.SnapshotRecord, bytes);
        repository.OpenRecord(SealedType.Tombstone, name, RepositoryJson.Default.TombstoneRecord, bytes);
        return null;
    }

    private async Task<Dictionary<string, int>> ListNotesAsync(CancellationToken cancellationToken)
    {
        var highest = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Notes, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string[] parts = RepositoryLayout.LastSegment(item.Name).Split('.');
            int number = int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture);
            highest[parts[0]] = Math.Max(number, highest.GetValueOrDefault(parts[0], -1));
        }

        return highest;
    }
}
