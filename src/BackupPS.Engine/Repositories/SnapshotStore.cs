using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>The snapshots of a repository, and the notes on them.</summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
/// <param name="cache">Spares listings from reading what it read before; <see langword="null"/>: every snapshot is read and proved.</param>
internal sealed class SnapshotStore(Repository repository, TimeProvider time, ISnapshotRecordCache? cache = null)
{
    /// <summary>What this host has seen of notes: one that is lost since may have been a hold. <see langword="null"/>: nothing is known.</summary>
    public ISnapshotMemory? Memory { get; init; }

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
        Dictionary<string, int> notes = matches.Count == 0 ? [] : await ListNotesAsync(cancellationToken);
        foreach (string id in matches)
        {
            SnapshotState? state = await ReadAsync(id, notes.GetValueOrDefault(id, -1), onDamage: static _ => { }, cancellationToken);
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

    /// <summary>The snapshot in an object; <see langword="null"/>: it is a tombstone.</summary>
    public SnapshotRecord? OpenRecord(string id, ReadOnlySpan<byte> bytes)
    {
        string name = RepositoryLayout.Snapshot(id);
        if (SealedObject.PeekType(bytes) != SealedType.Tombstone) return repository.OpenRecord(SealedType.Snapshot, name, RepositoryJson.Default.SnapshotRecord, bytes);
        repository.OpenRecord(SealedType.Tombstone, name, RepositoryJson.Default.TombstoneRecord, bytes);
        return null;
    }

    /// <summary>Says something of a snapshot: puts the next note.</summary>
    public async Task<SnapshotState> AnnotateAsync(SnapshotState state, IReadOnlyList<string>? tag, bool? hold, CancellationToken cancellationToken)
    {
        while (true)
        {
            var note = new SnapshotNote { Tag = [.. tag ?? state.Tag], Hold = hold ?? state.Hold, Time = time.GetUtcNow().UtcDateTime };
            int number = (state.NoteNumber + 2) & ~1;
            if (number > RepositoryLayout.MaximumNumber) throw new BackupException(BackupError.ObjectDamaged, $"The notes of the snapshot {state.Record.Id} have no number left.", RepositoryLayout.Note(state.Record.Id, state.NoteNumber));
            if (await PutNoteAsync(state.Record.Id, number, note, cancellationToken))
            {
                // Once more, under the odd number after it: the loss of one object must not drop a hold.
                await PutNoteAsync(state.Record.Id, number + 1, note, cancellationToken);
                Memory?.Remember(new Dictionary<string, int> { [state.Record.Id] = number + 1 });
                return state with { Tag = note.Tag, Hold = note.Hold, NoteNumber = number + 1 };
            }

            // Somebody else has said something in between: what this call leaves open is taken from there.
            state = await FindAsync(state.Record.Id, cancellationToken);
        }
    }

    /// <summary>Whether what was said last of a snapshot is there twice, so that the loss of one object does not lose it.</summary>
    public async Task<bool> IsSaidTwiceAsync(SnapshotState state, CancellationToken cancellationToken)
    {
        if (state.NoteNumber < 0) return true;
        try
        {
            return await ReadOneAsync(state.Record.Id, state.NoteNumber & ~1, cancellationToken) is not null && await ReadOneAsync(state.Record.Id, state.NoteNumber | 1, cancellationToken) is not null;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            return false;
        }
    }

    /// <summary>Removes a snapshot: the record of it first, then the snapshot, or a tombstone in its place while its session stands.</summary>
    public Task RemoveAsync(SnapshotState state, CancellationToken cancellationToken)
    {
        SnapshotRecord record = state.Record;
        var removal = new RemovalRecord
        {
            SnapshotId = record.Id,
            PolicyName = record.PolicyName,
            HostId = record.HostId,
            PredecessorId = record.PredecessorId,
            Sequence = record.Sequence,
            Time = record.Time,
            Removed = time.GetUtcNow().UtcDateTime,
        };
        return RemoveAsync(removal, state.NoteNumber, leavesTombstone: false, cancellationToken);
    }

    /// <summary>The same, of a snapshot that need not be there.</summary>
    /// <param name="removal">The record of it.</param>
    /// <param name="lastNote">Number of its latest note; -1: none is known of.</param>
    /// <param name="leavesTombstone">Whether a tombstone takes its place in any case: what cannot be read may have been one.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task RemoveAsync(RemovalRecord removal, int lastNote, bool leavesTombstone, CancellationToken cancellationToken)
    {
        string id = removal.SnapshotId, removalName = RepositoryLayout.Removal(id), name = RepositoryLayout.Snapshot(id);
        await repository.Store.PutNewAsync(removalName, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Removal, removalName, removal, RepositoryJson.Default.RemovalRecord)), cancellationToken);
        if (leavesTombstone || await repository.Store.GetLengthAsync(RepositoryLayout.Session(id), cancellationToken) >= 0)
        {
            // A retry of its writer's commit must find the name taken.
            var tombstone = new TombstoneRecord { Reason = "removed", Time = removal.Removed };
            await repository.Store.PutAsync(name, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Tombstone, name, tombstone, RepositoryJson.Default.TombstoneRecord)), cancellationToken);
        }
        else
        {
            await repository.Store.DeleteAsync(name, cancellationToken);
        }

        for (int number = lastNote; number >= 0; number--)
        {
            await repository.Store.DeleteAsync(RepositoryLayout.Note(id, number), cancellationToken);
        }
    }

    private async Task<List<SnapshotState>> ListAsync(SnapshotSelection selection, Dictionary<string, int> notes, Action<BackupException>? onDamage, CancellationToken cancellationToken)
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
                SnapshotState? state = notes.TryGetValue(id, out int note)
                    ? await AddNoteAsync(known, note, learned, onDamage, cancellationToken)
                    : new SnapshotState(record, record.Tag, Hold: false, -1);
                if (state is not null) snapshots.Add(state);
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

    private async Task<SnapshotState?> ReadAsync(string id, int note, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        SnapshotRecord? record = await ReadRecordAsync(id, cancellationToken);
        if (record is null) return null;
        return note < 0 ? new SnapshotState(record, record.Tag, Hold: false, -1)
            : await AddNoteAsync(new KnownSnapshot(id, 0, record, -1, Note: null), note, [], onDamage, cancellationToken);
    }

    // What the latest note says, read where it is not known. Null: the snapshot was removed meanwhile, and its notes with it.
    private async Task<SnapshotState?> AddNoteAsync(KnownSnapshot known, int number, List<KnownSnapshot> learned, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        SnapshotRecord record = known.Record!;
        SnapshotNote? note = known.NoteNumber == number ? known.Note : null;
        try
        {
            if (note is null)
            {
                note = await ReadNoteAsync(known.Id, number, cancellationToken);
                if (note is null && await ReadRecordAsync(known.Id, cancellationToken) is null) return null;
                string name = RepositoryLayout.Note(known.Id, number);
                if (note is null) throw new BackupException(BackupError.ObjectMissing, $"The note '{name}' on the snapshot {known.Id} is missing.", name);
                learned.Add(known with { NoteNumber = number, Note = note });
            }

            return new SnapshotState(record, note.Tag, note.Hold, number);
        }
        catch (BackupException e) when (onDamage is not null && e.IsUnavailable)
        {
            // What the note said is lost; it may have been a hold, so that retention must leave the snapshot alone.
            onDamage(e);
            return new SnapshotState(record, record.Tag, Hold: true, number);
        }
    }

    // A note is put twice, first under an even number: where the second cannot be had, the first says the same.
    private async Task<SnapshotNote?> ReadNoteAsync(string id, int number, CancellationToken cancellationToken)
    {
        if (number % 2 != 0)
        {
            try
            {
                if (await ReadOneAsync(id, number, cancellationToken) is { } second) return second;
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                // Verification tells.
            }
        }

        return await ReadOneAsync(id, number & ~1, cancellationToken);
    }

    private Task<SnapshotNote?> ReadOneAsync(string id, int number, CancellationToken cancellationToken) =>
        repository.ReadRecordAsync(SealedType.Note, RepositoryLayout.Note(id, number), RepositoryJson.Default.SnapshotNote, cancellationToken);

    private async Task<bool> PutNoteAsync(string id, int number, SnapshotNote note, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Note(id, number);
        return await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Note, name, note, RepositoryJson.Default.SnapshotNote)), cancellationToken);
    }

    // Absent, or a tombstone: there is no such snapshot.
    private async Task<SnapshotRecord?> ReadRecordAsync(string id, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.GetRecordBytesAsync(RepositoryLayout.Snapshot(id), cancellationToken);
        return bytes is null ? null : OpenRecord(id, bytes);
    }

    // The number of the latest note of each snapshot that has one, or of which this host has seen one.
    private async Task<Dictionary<string, int>> ListNotesAsync(CancellationToken cancellationToken)
    {
        var highest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string id, int number) in Memory?.Read() ?? new Dictionary<string, int>())
        {
            if (number >= 0) highest[id] = number;
        }

        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Notes, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string id = RepositoryLayout.LastSegment(item.Name)[..RepositoryLayout.IdLength];
            int number = RepositoryLayout.NumberOf(item.Name);
            if (number > highest.GetValueOrDefault(id, -1)) highest[id] = number;
        }

        return highest;
    }
}
