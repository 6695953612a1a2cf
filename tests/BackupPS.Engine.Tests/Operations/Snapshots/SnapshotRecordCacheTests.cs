using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Repositories;
using BackupPS.Engine.Tests.Storage;
using TemporaryFolder = BackupPS.Engine.Tests.Catalog.TemporaryFolder;

namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>What was read once is not read again, and what has changed is seen all the same.</summary>
public sealed class SnapshotRecordCacheTests : IDisposable
{
    // More than the cache waits for.
    private const int Many = 40;

    private readonly TestRepository test = new();
    private readonly TemporaryFolder folder = new();
    private readonly CatalogDatabase catalog;

    public SnapshotRecordCacheTests() => catalog = new CatalogDatabase(folder.Home, TimeProvider.System);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Neither_records_nor_notes_are_read_twice()
    {
        SnapshotRecord[] records = await CommitAsync(Many);
        foreach (SnapshotRecord record in records.Take(3)) await test.Snapshots.AnnotateAsync(await FindAsync(record), ["noted"], hold: true, CancellationToken.None);
        (IReadOnlyList<SnapshotState> first, int reads) = await ListAsync();
        Assert.Equal(Many + 3, reads);
        (IReadOnlyList<SnapshotState> second, reads) = await ListAsync();
        Assert.Equal(0, reads);
        Assert.Equal(first.Select(Line), second.Select(Line));
        Assert.Equal(3, second.Count(static s => s.Hold && s.Tag is ["noted"]));
    }

    [Fact]
    public async Task A_new_note_a_removal_and_a_tombstone_are_seen()
    {
        SnapshotRecord[] records = await CommitAsync(Many);
        await ListAsync();
        await test.Snapshots.AnnotateAsync(await FindAsync(records[0]), ["new"], hold: true, CancellationToken.None);
        await test.Snapshots.RemoveAsync(await FindAsync(records[1]), CancellationToken.None);
        string name = RepositoryLayout.Snapshot(records[2].Id);
        byte[] tombstone = test.Repository.SealRecord(BackupPS.Engine.Crypto.SealedType.Tombstone, name, new TombstoneRecord { Reason = "removed", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord);
        await test.Store.PutAsync(name, new System.Buffers.ReadOnlySequence<byte>(tombstone), CancellationToken.None);
        IReadOnlyList<SnapshotState> all = (await ListAsync()).Snapshots;
        Assert.Equal(Many - 2, all.Count);
        Assert.Equal(["new"], all.Single(s => s.Record.Id == records[0].Id).Tag);
        Assert.True(all.Single(s => s.Record.Id == records[0].Id).Hold);
        Assert.DoesNotContain(all, s => s.Record.Id == records[1].Id || s.Record.Id == records[2].Id);
    }

    [Fact]
    public async Task A_line_is_listed_without_reading_others_that_are_known()
    {
        await CommitAsync(Many);
        SnapshotRecord[] other = await CommitAsync(3, policy: "other");
        await ListAsync();
        SnapshotRecord[] fresh = await CommitAsync(2, policy: "Other");
        var log = new FaultyObjectStore(test.Store);
        IReadOnlyList<SnapshotRecord> line = await Snapshots(log).ListRecordsAsync(new SnapshotSelection(other[0].HostId, "other"), onDamage: null, CancellationToken.None);
        Assert.Equal(other.Concat(fresh).Select(static r => r.Id).Order(), line.Select(static r => r.Id).Order());
        Assert.Equal(2, Reads(log));
        Assert.Empty(await Snapshots(log).ListRecordsAsync(new SnapshotSelection("no such host", "other"), onDamage: null, CancellationToken.None));
    }

    [Fact]
    public async Task A_plan_writes_nothing()
    {
        await CommitAsync(Many);
        var cache = new SnapshotRecordCache(catalog.Snapshots, "r", SnapshotRecordCache.Never);
        await new SnapshotStore(test.Repository, test.Time, cache).ListAsync(onDamage: null, CancellationToken.None);
        Assert.False(Directory.Exists(folder.Home));
    }

    private SnapshotStore Snapshots(FaultyObjectStore store) => new(test.Through(store), test.Time, new SnapshotRecordCache(catalog.Snapshots, "r"));

    private async Task<(IReadOnlyList<SnapshotState> Snapshots, int Reads)> ListAsync()
    {
        var log = new FaultyObjectStore(test.Store);
        IReadOnlyList<SnapshotState> snapshots = await Snapshots(log).ListAsync(onDamage: null, CancellationToken.None);
        return (snapshots, Reads(log));
    }

    private async Task<SnapshotRecord[]> CommitAsync(int count, string policy = "policy")
    {
        var records = new SnapshotRecord[count];
        for (int i = 0; i < count; i++) records[i] = await test.CommitAsync(policy: policy);
        return records;
    }

    private Task<SnapshotState> FindAsync(SnapshotRecord record) => test.Snapshots.FindAsync(record.Id, CancellationToken.None);

    private static int Reads(FaultyObjectStore log) => log.Calls.Count(static c => c.Operation == StoreOperation.Get);

    private static string Line(SnapshotState state) => $"{state.Record.Id} {state.Record.Time:O} {string.Join(',', state.Tag)} {state.Hold} {state.NoteNumber}";
}
