using System.Buffers;
using System.Globalization;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>The snapshots of a repository, and the notes on them.</summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
/// <param name="cache">Spares listings from reading what it read before; <see langword="null"/>: every snapshot is read and proved.</param>
internal sealed class SnapshotStore(Repository repository, TimeProvider time, ISnapshotRecordCache? cache = null)
{
    /// <summary>Every snapshot, oldest first. Tombstones are none.</summary>
    /// <param name="onDamage">Told of each snapshot that cannot be read, which is then passed over; <see langword="null"/>: it is an exception.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<IReadOnlyList<SnapshotState>> ListAsync(Action<BackupException>? onDamage, CancellationToken cancellationToken) => ListAsync(SnapshotSelection.All, onDamage, cancellationToken);

    /// <summary>The snapshots of a selection, oldest first. Tombstones are none.</summary>
    /// <param name="selection">Which; others are read only where nobody knows them yet.</param>
    /// <param name="onDamage">Told of each snapshot that cannot be read, which is then passed over; <see langword="null"/>: it is an exception.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<SnapshotState>> ListAsync(SnapshotSelection selection, Action<BackupException>? onDamage, CancellationToken cancellationToken) =>
        await ListAsync(selection, await ListNotesAsync(cancellationToken), onDamage, cancellationToken);

    /// <summary>The same for who does not care for notes: what was committed, oldest first.</summary>
    public async Task<IReadOnlyList<SnapshotRecord>> ListRecordsAsync(SnapshotSelection selection, Action<BackupException>? onDamage, CancellationToken cancellationToken) =>
        (await ListAsync(selection, notes: [], onDamage, cancellationToken)).ConvertAll(static state => state.Record);

    /// <summary>The snapshot whose id begins with <paramref name="prefix"/>.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.SnapshotNotFound"/>, <see cref="BackupError.SnapshotAmbiguous"/> or that it cannot be read.</exception>
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
        Dictionary<string, string> notes = matches.Count == 0 ? [] : await ListNotesAsync(cancellationToken);
        foreach (string id in matches)
        {
            SnapshotState? state = await ReadAsync(id, notes.GetValueOrDefault(id), onDamage: static _ => { }, cancellationToken);
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
    public async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await ReadRecordAsync(id, cancellationToken) is not null;

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

    private async Task<List<SnapshotState>> ListAsync(SnapshotSelection selection, Dictionary<string, string> notes, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        Dictionary<string, KnownSnapshot> cached = cache?.Read(selection) ?? [];
        var learned = new List<KnownSnapshot>();
        var snapshots = new List<SnapshotState>();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Snapshots, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string id = RepositoryLayout.LastSegment(item.Name);
            if (!cached.Remove(id, out KnownSnapshot? known) || known.Length != item.Length) known = null;
            if (known is { Record: null }) continue;
            try
            {
                SnapshotRecord? record = known?.Record ?? await ReadRecordAsync(id, cancellationToken);
                if (record is null) continue;
                if (known is null) learned.Add(known = new KnownSnapshot(id, item.Length, record, -1, Note: null));
                if (!selection.Has(record)) continue;
                snapshots.Add(notes.TryGetValue(id, out string? note)
                    ? await AddNoteAsync(known, NumberOf(note), learned, onDamage, cancellationToken)
                    : new SnapshotState(record, record.Tag, Hold: false, -1));
            }
            catch (BackupException e) when (onDamage is not null && e.IsUnavailable)
            {
                onDamage(e);
            }
        }

        // What is left is no longer there.
        cache?.Update(learned, cached.Keys);
        snapshots.Sort(static (a, b) =>
        {
            int order = DateTime.Compare(a.Record.Time, b.Record.Time);
            if (order == 0) order = a.Record.Sequence.CompareTo(b.Record.Sequence);
            return order != 0 ? order : string.CompareOrdinal(a.Record.Id, b.Record.Id);
        });
        return snapshots;
    }

    private async Task<SnapshotState?> ReadAsync(string id, string? note, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        SnapshotRecord? record = await ReadRecordAsync(id, cancellationToken);
        if (record is null) return null;
        return note is null ? new SnapshotState(record, record.Tag, Hold: false, -1)
            : await AddNoteAsync(new KnownSnapshot(id, 0, record, -1, Note: null), NumberOf(note), [], onDamage, cancellationToken);
    }

    // What the latest note says, read where it is not known.
    private async Task<SnapshotState> AddNoteAsync(KnownSnapshot known, int number, List<KnownSnapshot> learned, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        SnapshotRecord record = known.Record!;
        SnapshotNote? note = known.NoteNumber == number ? known.Note : null;
        try
        {
            if (note is null)
            {
                note = await repository.ReadRecordAsync(SealedType.Note, RepositoryLayout.Note(known.Id, number), RepositoryJson.Default.SnapshotNote, cancellationToken);
                if (note is not null) learned.Add(known with { NoteNumber = number, Note = note });
            }

            return new SnapshotState(record, note?.Tag ?? record.Tag, note?.Hold ?? false, number);
        }
        catch (BackupException e) when (onDamage is not null && e.IsUnavailable)
        {
            // What the note said is lost; it may have been a hold, so that retention must leave the snapshot alone.
            onDamage(e);
            return new SnapshotState(record, record.Tag, Hold: true, number);
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

    // The number of the latest note of each snapshot that has one: numbers have eight digits, so that they compare as texts.
    private async Task<Dictionary<string, string>> ListNotesAsync(CancellationToken cancellationToken)
    {
        var highest = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Notes, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string last = RepositoryLayout.LastSegment(item.Name), id = last[..RepositoryLayout.IdLength], number = last[(RepositoryLayout.IdLength + 1)..];
            if (!highest.TryGetValue(id, out string? other) || string.CompareOrdinal(number, other) > 0) highest[id] = number;
        }

        return highest;
    }

    private static int NumberOf(string note) => int.Parse(note, NumberStyles.None, CultureInfo.InvariantCulture);
}
