using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Opens every object that is not a pack.</summary>
internal sealed class RecordCheck
{
    private readonly Repository repository;
    private readonly DamageLog log;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> swept = new(StringComparer.Ordinal);
    private readonly SortedSet<string> predecessors = new(StringComparer.Ordinal);

    // What the store says now, and nothing that was kept of what it said before.
    private readonly IndexBuilder building;

    // Of the large objects, which are those of the index.
    private readonly ObjectBuffer buffer = new();

    private bool keyIntact;

    private RecordCheck(Repository repository, DamageLog log)
    {
        this.repository = repository;
        this.log = log;
        building = new IndexBuilder(repository.Keys, IndexCache.None, []);
    }

    /// <summary>The index that the readable index objects make.</summary>
    public BlobIndex Index { get; private set; } = new();

    /// <summary>The packs that index objects describe.</summary>
    public Dictionary<string, DescribedPack> Described { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether an index object cannot be read.</summary>
    public bool HasDamagedIndex { get; private set; }

    /// <summary>Snapshots that can be read.</summary>
    public List<SnapshotRecord> Snapshots { get; } = [];

    /// <summary>Reads and checks every object that is not a pack.</summary>
    public static Task<RecordCheck> ReadAsync(Repository repository, DamageLog log, CancellationToken cancellationToken) => new RecordCheck(repository, log).RunAsync(cancellationToken);

    private async Task<RecordCheck> RunAsync(CancellationToken cancellationToken)
    {
        await ForEachAsync(RepositoryLayout.Keys, ReadKey, cancellationToken);
        await ForEachAsync(RepositoryLayout.Snapshots, ReadSnapshot, cancellationToken);
        await ForEachAsync(RepositoryLayout.Notes, ReadNote, cancellationToken);
        await ForEachAsync(RepositoryLayout.Removals, ReadRemoval, cancellationToken);
        CheckHistory();

        // After the snapshots: others back up meanwhile, and what a snapshot needs is in the index before it is committed.
        HasDamagedIndex = !await ForEachAsync(RepositoryLayout.Indexes, ReadIndex, cancellationToken);
        Index = building.Complete(new HashSet<string>(), cancellationToken);
        await ForEachAsync(RepositoryLayout.Sessions, (name, bytes) => SealedObject.Open(repository.Keys, SealedType.Session, name, bytes.Span), cancellationToken);
        await ForEachAsync(RepositoryLayout.Retired, ReadRetired, cancellationToken);

        // They are dead, whatever the index says: what was needed of them has other copies, and those have to be whole.
        Index.Hide(swept);
        foreach (string pack in swept) Described.Remove(pack);

        // Without a key that is whole, nothing can be restored by anybody who has not unlocked it already.
        if (!keyIntact)
        {
            foreach (SnapshotRecord snapshot in Snapshots) log.AddAffected(snapshot.Id);
        }

        return this;
    }

    /// <summary>What the index says of a pack, read once more; <see langword="null"/> when it says nothing, or is no longer what it was.</summary>
    public async Task<PackDescription?> FindDescriptionAsync(string pack, CancellationToken cancellationToken)
    {
        if (!Described.TryGetValue(pack, out DescribedPack described)) return null;
        try
        {
            byte[]? bytes = await repository.Store.GetAsync(described.IndexObject, IndexLoader.MaximumIndexLength, cancellationToken);
            return bytes is null ? null : IndexLoader.Open(repository.Keys, described.IndexObject, bytes).FirstOrDefault(p => p.NameText == pack);
        }
        catch (Exception e) when (e is BackupException or InvalidDataException)
        {
            return null;
        }
    }

    private void ReadKey(string name, Memory<byte> bytes)
    {
        KeyObject.Check(name, bytes.Span);
        keyIntact = true;
    }

    private void ReadIndex(string name, Memory<byte> bytes) =>
        IndexLoader.Read(repository.Keys, name, bytes.Span, building, pack => Described.TryAdd(pack.NameText, new DescribedPack(pack.Length, pack.ComputeDigest(), name)));

    private void ReadSnapshot(string name, Memory<byte> bytes)
    {
        string id = RepositoryLayout.LastSegment(name);
        seen.Add(id);
        try
        {
            if (SealedObject.PeekType(bytes.Span) == SealedType.Tombstone)
            {
                repository.OpenRecord(SealedType.Tombstone, name, RepositoryJson.Default.TombstoneRecord, bytes.Span);
                return;
            }

            SnapshotRecord record = repository.OpenRecord(SealedType.Snapshot, name, RepositoryJson.Default.SnapshotRecord, bytes.Span);
            if (record.Id != id) throw new BackupException(BackupError.ObjectDamaged, $"The snapshot '{name}' says that it is {record.Id}.", name);
            Snapshots.Add(record);
        }
        catch (BackupException)
        {
            log.AddAffected(id);
            throw;
        }
    }

    private void ReadRemoval(string name, Memory<byte> bytes)
    {
        // Also when it is damaged: that somebody removed the snapshot is known all the same.
        seen.Add(RepositoryLayout.LastSegment(name));
        RemovalRecord removal = repository.OpenRecord(SealedType.Removal, name, RepositoryJson.Default.RemovalRecord, bytes.Span);
        predecessors.Add(removal.PredecessorId);
    }

    // Each snapshot names the one before it, and a removal leaves a record: a history that was cut shows.
    private void CheckHistory()
    {
        predecessors.UnionWith(Snapshots.Select(static s => s.PredecessorId));
        foreach (string id in predecessors)
        {
            if (id.Length > 0 && !seen.Contains(id)) log.Add(BackupError.ObjectMissing, RepositoryLayout.Snapshot(id), $"The snapshot {id} is missing, and there is no record of its removal.");
        }
    }

    private void ReadNote(string name, Memory<byte> bytes)
    {
        try
        {
            repository.OpenRecord(SealedType.Note, name, RepositoryJson.Default.SnapshotNote, bytes.Span);
        }
        catch (BackupException)
        {
            log.AddAffected(RepositoryLayout.LastSegment(name).Split('.')[0]);
            throw;
        }
    }

    private void ReadRetired(string name, Memory<byte> bytes)
    {
        SealedType type = name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal) ? SealedType.Swept : SealedType.Retired;
        RetiredRecord record = repository.OpenRecord(type, name, RepositoryJson.Default.RetiredRecord, bytes.Span);
        if (type == SealedType.Swept) swept.UnionWith(record.Packs);
    }

    // Whether all of them are whole.
    private async Task<bool> ForEachAsync(string prefix, Action<string, Memory<byte>> check, CancellationToken cancellationToken)
    {
        bool whole = true;
        await foreach (StoredObject item in repository.Store.ListAsync(prefix, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            try
            {
                Memory<byte> bytes = buffer.For(item.Length);
                if (bytes.IsEmpty || item.Length > IndexLoader.MaximumIndexLength || await repository.Store.ReadAsync(item.Name, 0, bytes, cancellationToken) != item.Length)
                {
                    byte[]? got = await repository.Store.GetAsync(item.Name, IndexLoader.MaximumIndexLength, cancellationToken);

                    // Gone since it was listed: a session has ended, a snapshot was removed, an index was replaced.
                    if (got is null) continue;
                    bytes = got;
                }
                else
                {
                    bytes = bytes[..(int)item.Length];
                }

                log.CountObject(bytes.Length);
                check(item.Name, bytes);
            }
            catch (BackupException e)
            {
                whole = false;
                log.Add(e.Error, item.Name, e.Message);
            }
            catch (Exception e) when (e is InvalidDataException or StoreException { Failure: StoreFailure.Damaged or StoreFailure.Denied })
            {
                whole = false;
                log.Add(BackupError.ObjectDamaged, item.Name, e.Message);
            }
        }

        return whole;
    }
}
