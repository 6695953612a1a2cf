using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Opens every object that is not a pack. What is told is what matters to the scope of the verification.</summary>
internal sealed class RecordCheck
{
    private readonly Repository repository;
    private readonly DamageLog log;
    private readonly VerifyScope scope;
    private readonly IReadOnlyDictionary<string, int> remembered;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> swept = new(StringComparer.Ordinal);
    private readonly SortedSet<string> predecessors = new(StringComparer.Ordinal);
    private readonly HashSet<string> unreadableSnapshots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> highestNote = new(StringComparer.Ordinal);
    private readonly HashSet<(string SnapshotId, int Number)> readableNotes = [];

    // What the store says now, and nothing that was kept of what it said before.
    private readonly IndexBuilder building;

    // Of the large objects, which are those of the index.
    private readonly ObjectBuffer buffer = new();

    private bool keyIntact;

    private RecordCheck(Repository repository, DamageLog log, VerifyScope scope, IReadOnlyDictionary<string, int> remembered)
    {
        this.remembered = remembered;
        this.repository = repository;
        this.log = log;
        this.scope = scope;
        building = new IndexBuilder(repository.Keys, IndexCache.None, []);
    }

    /// <summary>The index that the readable index objects make.</summary>
    public BlobIndex Index { get; private set; } = new();

    /// <summary>The packs that index objects describe.</summary>
    public Dictionary<string, DescribedPack> Described { get; } = new(StringComparer.Ordinal);

    /// <summary>Index objects that cannot be read.</summary>
    public IReadOnlyList<BackupFault> DamagedIndexes { get; private set; } = [];

    /// <summary>Whether there may be snapshots in the scope of which nothing is known.</summary>
    public bool MissesSnapshots { get; private set; }

    /// <summary>Snapshots that can be read.</summary>
    public List<SnapshotRecord> Snapshots { get; } = [];

    /// <summary>Reads and checks every object that is not a pack.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="log">Takes what is found.</param>
    /// <param name="scope">What it is about.</param>
    /// <param name="remembered">Snapshots that this host has seen, and the highest numbers of their notes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static Task<RecordCheck> ReadAsync(Repository repository, DamageLog log, VerifyScope scope, IReadOnlyDictionary<string, int> remembered, CancellationToken cancellationToken) =>
        new RecordCheck(repository, log, scope, remembered).RunAsync(cancellationToken);

    private async Task<RecordCheck> RunAsync(CancellationToken cancellationToken)
    {
        List<BackupFault> keys = await ForEachAsync(RepositoryLayout.Keys, ReadKey, cancellationToken);

        // One key opens everything: what is wrong with others is no matter of some snapshots.
        if (scope.IsWhole || !keyIntact) Tell(keys);
        TellSnapshots(await ForEachAsync(RepositoryLayout.Snapshots, ReadSnapshot, cancellationToken));
        TellNotes(await ForEachAsync(RepositoryLayout.Notes, ReadNote, cancellationToken));
        List<BackupFault> removals = await ForEachAsync(RepositoryLayout.Removals, ReadRemoval, cancellationToken);

        // Also when it is damaged: that somebody removed the snapshot is known all the same.
        seen.UnionWith(removals.Select(static f => RepositoryLayout.LastSegment(f.Path)));
        if (scope.IsWhole) Tell(removals);
        CheckHistory();

        // After the snapshots: others back up meanwhile, and what a snapshot needs is in the index before it is committed.
        DamagedIndexes = await ForEachAsync(RepositoryLayout.Indexes, ReadIndex, cancellationToken);
        if (scope.IsWhole) Tell(DamagedIndexes);
        Index = building.Complete(new HashSet<string>(), cancellationToken);
        List<BackupFault> protocol = await ForEachAsync(RepositoryLayout.Sessions, (name, bytes) => SealedObject.Open(repository.Keys, SealedType.Session, name, bytes.Span), cancellationToken);
        protocol.AddRange(await ForEachAsync(RepositoryLayout.Retired, ReadRetired, cancellationToken));
        protocol.AddRange(await ForEachAsync(RepositoryLayout.Sweepers, (name, bytes) => repository.OpenRecord(SealedType.Sweeper, name, RepositoryJson.Default.SweeperRecord, bytes.Span), cancellationToken));
        if (scope.IsWhole) Tell(protocol);

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

    private void Tell(IEnumerable<BackupFault> faults)
    {
        foreach (BackupFault fault in faults) log.Add(fault.Error, fault.Path, fault.Reason);
    }

    private void TellSnapshots(List<BackupFault> faults)
    {
        foreach (BackupFault fault in faults)
        {
            string id = RepositoryLayout.LastSegment(fault.Path);
            seen.Add(id);

            // Of one that cannot be read, or of a folder that cannot, nobody knows of which policy it is.
            if (!scope.MayHave(id) && id.Length > 0) continue;
            unreadableSnapshots.Add(id);
            MissesSnapshots = true;
            Tell([fault]);
            if (id.Length > 0) log.AddAffected(id);
        }
    }

    // The highest pair of notes on a snapshot is what counts: one below it has nothing to say any more, whatever it says. One of the two is enough.
    private void TellNotes(List<BackupFault> faults)
    {
        HashSet<string> own = [.. Snapshots.Where(scope.Has).Select(static s => s.Id)], told = new(StringComparer.Ordinal);
        foreach (BackupFault fault in faults.Where(static f => RepositoryLayout.IsOurs(f.Path))) highestNote[IdOf(fault.Path)] = Math.Max(HighestNote(IdOf(fault.Path)), RepositoryLayout.NumberOf(fault.Path));
        foreach (BackupFault fault in faults)
        {
            string id = IdOf(fault.Path);
            bool isNote = RepositoryLayout.IsOurs(fault.Path);
            int number = isNote ? RepositoryLayout.NumberOf(fault.Path) : 0;
            if (isNote && number >> 1 < HighestNote(id) >> 1)
            {
                if (scope.IsWhole) log.AddHealed(fault.Path);
                continue;
            }

            if (!scope.IsWhole && !own.Contains(id) && !unreadableSnapshots.Contains(id)) continue;
            Tell([fault]);
            told.Add(id);
            if (id.Length > 0 && !(isNote && readableNotes.Contains((id, number ^ 1)))) log.AddAffected(id);
        }

        foreach (string id in own.Where(id => !told.Contains(id)))
        {
            int known = remembered.GetValueOrDefault(id, -1);
            if (known < 0 || known >> 1 <= HighestNote(id) >> 1) continue;
            log.Add(BackupError.ObjectMissing, RepositoryLayout.Note(id, known), $"The note '{RepositoryLayout.Note(id, known)}' is missing, which this host has seen.");
            log.AddAffected(id);
        }
    }

    private int HighestNote(string id) => highestNote.GetValueOrDefault(id, -1);

    private static string IdOf(string note) => RepositoryLayout.LastSegment(note).Split('.')[0];

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
        if (SealedObject.PeekType(bytes.Span) == SealedType.Tombstone)
        {
            repository.OpenRecord(SealedType.Tombstone, name, RepositoryJson.Default.TombstoneRecord, bytes.Span);
        }
        else
        {
            SnapshotRecord record = repository.OpenRecord(SealedType.Snapshot, name, RepositoryJson.Default.SnapshotRecord, bytes.Span);
            if (record.Id != id) throw new BackupException(BackupError.ObjectDamaged, $"The snapshot '{name}' says that it is {record.Id}.", name);
            Snapshots.Add(record);
        }

        seen.Add(id);
    }

    private void ReadRemoval(string name, Memory<byte> bytes)
    {
        RemovalRecord removal = repository.OpenRecord(SealedType.Removal, name, RepositoryJson.Default.RemovalRecord, bytes.Span);
        seen.Add(RepositoryLayout.LastSegment(name));
        if (scope.IsWhole) predecessors.Add(removal.PredecessorId);
    }

    // Each snapshot names the one before it, and a removal leaves a record: a history that was cut shows.
    private void CheckHistory()
    {
        if (scope.IsWhole) predecessors.UnionWith(remembered.Keys);
        if (scope.SnapshotId is null) predecessors.UnionWith(Snapshots.Where(scope.Has).Select(static s => s.PredecessorId));
        foreach (string id in predecessors)
        {
            if (id.Length > 0 && !seen.Contains(id)) log.Add(BackupError.ObjectMissing, RepositoryLayout.Snapshot(id), $"The snapshot {id} is missing, and there is no record of its removal.");
        }
    }

    private void ReadNote(string name, Memory<byte> bytes)
    {
        repository.OpenRecord(SealedType.Note, name, RepositoryJson.Default.SnapshotNote, bytes.Span);
        string id = IdOf(name);
        int number = RepositoryLayout.NumberOf(name);
        highestNote[id] = Math.Max(HighestNote(id), number);
        readableNotes.Add((id, number));
    }

    private void ReadRetired(string name, Memory<byte> bytes)
    {
        SealedType type = name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal) ? SealedType.Swept : SealedType.Retired;
        RetiredRecord record = repository.OpenRecord(type, name, RepositoryJson.Default.RetiredRecord, bytes.Span);
        if (type == SealedType.Swept) swept.UnionWith(record.Packs);
    }

    // What cannot be read, of a kind.
    private async Task<List<BackupFault>> ForEachAsync(string prefix, Action<string, Memory<byte>> check, CancellationToken cancellationToken)
    {
        var faults = new List<BackupFault>();
        try
        {
            await foreach (StoredObject item in repository.Store.ListAsync(prefix, cancellationToken))
            {
                if (!RepositoryLayout.IsOurs(item.Name)) continue;
                try
                {
                    Memory<byte>? bytes = await ReadAsync(item, cancellationToken);

                    // Gone since it was listed: a session has ended, a snapshot was removed, an index was replaced.
                    if (bytes is null) continue;
                    log.CountObject(bytes.Value.Length);
                    check(item.Name, bytes.Value);
                }
                catch (BackupException e)
                {
                    faults.Add(new BackupFault(e.Error, item.Name, e.Message));
                }
                catch (InvalidDataException e)
                {
                    faults.Add(new BackupFault(BackupError.ObjectDamaged, item.Name, e.Message));
                }
            }
        }
        catch (StoreException e) when (UnavailableObject.Explains(e))
        {
            // The folder of them all: what else there is can be verified.
            BackupException unreadable = UnavailableObject.Unreadable(prefix, e);
            faults.Add(new BackupFault(unreadable.Error, prefix, unreadable.Message));
        }

        return faults;
    }

    private async Task<Memory<byte>?> ReadAsync(StoredObject item, CancellationToken cancellationToken)
    {
        Memory<byte> bytes = buffer.For(item.Length);
        if (bytes.IsEmpty || item.Length > IndexLoader.MaximumIndexLength || await repository.Store.ReadAsync(item.Name, 0, bytes, cancellationToken) != item.Length)
        {
            byte[]? got = await repository.Store.GetAsync(item.Name, IndexLoader.MaximumIndexLength, cancellationToken);
            return got is null ? null : got.AsMemory();
        }

        return bytes[..(int)item.Length];
    }
}
