using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>Snapshots, what is said of them, and their removal.</summary>
public sealed class SnapshotStoreTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task Snapshots_are_listed_oldest_first()
    {
        var committed = new List<string>();
        for (int i = 0; i < 5; i++) committed.Add((await test.CommitAsync(i)).Id);
        Assert.Equal(committed, await IdsAsync());
    }

    [Fact]
    public async Task A_snapshot_is_found_by_the_beginning_of_its_id()
    {
        SnapshotRecord record = await test.CommitAsync();
        Assert.Equal(record.Id, (await test.Snapshots.FindAsync(record.Id[..8].ToUpperInvariant(), CancellationToken.None)).Record.Id);
        Assert.Equal(BackupError.SnapshotNotFound, await ErrorAsync("x" + record.Id));
        Assert.Equal(BackupError.SnapshotNotFound, await ErrorAsync(""));
        string twin = record.Id[..31] + (record.Id[31] == '0' ? '1' : '0');
        string name = RepositoryLayout.Snapshot(twin);
        await test.PutAsync(name, test.Repository.SealRecord(SealedType.Snapshot, name, test.Record(twin), RepositoryJson.Default.SnapshotRecord));
        Assert.Equal(BackupError.SnapshotAmbiguous, await ErrorAsync(record.Id[..8]));
        Assert.Equal(twin, (await test.Snapshots.FindAsync(twin, CancellationToken.None)).Record.Id);
    }

    [Fact]
    public async Task Without_a_note_a_snapshot_has_its_own_tags_and_no_hold()
    {
        await test.CommitAsync();
        SnapshotState state = Assert.Single(await ListAsync());
        Assert.Equal(["own"], state.Tag);
        Assert.False(state.Hold);
        Assert.Equal(-1, state.NoteNumber);
    }

    [Fact]
    public async Task The_note_with_the_highest_number_wins()
    {
        SnapshotRecord record = await test.CommitAsync();
        SnapshotState state = await test.Snapshots.FindAsync(record.Id, CancellationToken.None);
        for (int i = 0; i < 12; i++) state = await test.Snapshots.AnnotateAsync(state, [$"tag {i}"], hold: i % 2 == 0, CancellationToken.None);
        state = Assert.Single(await ListAsync());
        Assert.Equal(["tag 11"], state.Tag);
        Assert.False(state.Hold);
        Assert.Equal(23, state.NoteNumber);

        // What a call leaves open stays as it is.
        await test.Snapshots.AnnotateAsync(state, tag: null, hold: true, CancellationToken.None);
        state = Assert.Single(await ListAsync());
        Assert.Equal(["tag 11"], state.Tag);
        Assert.True(state.Hold);
    }

    [Fact]
    public async Task Of_two_who_annotate_at_once_neither_is_lost()
    {
        SnapshotRecord record = await test.CommitAsync();
        SnapshotState stale = await test.Snapshots.FindAsync(record.Id, CancellationToken.None);
        await test.Snapshots.AnnotateAsync(stale, ["theirs"], hold: null, CancellationToken.None);
        await test.Snapshots.AnnotateAsync(stale, tag: null, hold: true, CancellationToken.None);
        SnapshotState state = Assert.Single(await ListAsync());
        Assert.Equal(["theirs"], state.Tag);
        Assert.True(state.Hold);
    }

    [Fact]
    public async Task A_snapshot_whose_latest_note_is_damaged_counts_as_held()
    {
        SnapshotRecord record = await test.CommitAsync();
        SnapshotState state = await test.Snapshots.FindAsync(record.Id, CancellationToken.None);
        await test.Snapshots.AnnotateAsync(state, ["x"], hold: false, CancellationToken.None);
        for (int number = 0; number < 2; number++) await test.DamageAsync(RepositoryLayout.Note(record.Id, number));
        var damages = new List<BackupException>();
        state = Assert.Single(await test.Snapshots.ListAsync(damages.Add, CancellationToken.None));
        Assert.True(state.Hold);
        Assert.Equal(["own"], state.Tag);
        Assert.Equal(RepositoryLayout.Note(record.Id, 0), Assert.Single(damages).Target);
        await Assert.ThrowsAsync<BackupException>(ListAsync);

        // A new note heals it.
        await test.Snapshots.AnnotateAsync(await test.Snapshots.FindAsync(record.Id, CancellationToken.None), ["y"], hold: false, CancellationToken.None);
        Assert.False(Assert.Single(await ListAsync()).Hold);
    }

    [Fact]
    public async Task A_damaged_snapshot_hides_no_other()
    {
        SnapshotRecord first = await test.CommitAsync(), second = await test.CommitAsync();
        await test.DamageAsync(RepositoryLayout.Snapshot(first.Id));
        var damages = new List<BackupException>();
        Assert.Equal(second.Id, Assert.Single(await test.Snapshots.ListAsync(damages.Add, CancellationToken.None)).Record.Id);
        Assert.Equal(RepositoryLayout.Snapshot(first.Id), Assert.Single(damages).Target);
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(ListAsync)).Error);
    }

    [Fact]
    public async Task A_snapshot_under_the_name_of_another_is_damage()
    {
        SnapshotRecord first = await test.CommitAsync();
        byte[] bytes = (await test.Store.GetAsync(RepositoryLayout.Snapshot(first.Id), int.MaxValue, CancellationToken.None))!;
        await test.PutAsync(RepositoryLayout.Snapshot(IdSource.Random.Next()), bytes);
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(ListAsync)).Error);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"id\":null}")]
    public async Task A_snapshot_that_is_authentic_and_no_snapshot_is_damage(string json)
    {
        string name = RepositoryLayout.Snapshot(IdSource.Random.Next());
        await test.PutAsync(name, SealedObject.Seal(test.Keys, SealedType.Snapshot, name, System.Text.Encoding.UTF8.GetBytes(json)));
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(ListAsync)).Error);
    }

    [Fact]
    public async Task A_snapshot_with_members_out_of_range_is_damage()
    {
        string id = IdSource.Random.Next();
        SnapshotRecord good = test.Record(id);
        foreach (SnapshotRecord bad in new[] { good with { Root = "12" }, good with { Root = new string('g', 48) }, good with { Id = "x" }, good with { Source = ["a\\b"] }, good with { Source = [null!] } })
        {
            string name = RepositoryLayout.Snapshot(id);
            await test.Store.PutAsync(name, new System.Buffers.ReadOnlySequence<byte>(test.Repository.SealRecord(SealedType.Snapshot, name, bad, RepositoryJson.Default.SnapshotRecord)), CancellationToken.None);
            Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(ListAsync)).Error);
        }
    }

    [Fact]
    public async Task Names_that_are_not_ours_are_passed_over()
    {
        await test.CommitAsync();
        await test.PutAsync("snapshots/readme.txt", [1]);
        await test.PutAsync("notes/" + new string('0', 32) + ".later", [1]);
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task A_tombstone_is_no_snapshot()
    {
        string name = RepositoryLayout.Snapshot(IdSource.Random.Next());
        await test.PutAsync(name, test.Repository.SealRecord(SealedType.Tombstone, name, new TombstoneRecord { Reason = "fenced", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord));
        Assert.Empty(await ListAsync());
        Assert.False(await test.Snapshots.ExistsAsync(RepositoryLayout.LastSegment(name), CancellationToken.None));

        // Nobody without the key can make one: a snapshot whose header says so is damage.
        SnapshotRecord record = await test.CommitAsync();
        byte[] forged = (await test.Store.GetAsync(RepositoryLayout.Snapshot(record.Id), int.MaxValue, CancellationToken.None))!;
        forged[5] = (byte)SealedType.Tombstone;
        await test.Store.PutAsync(RepositoryLayout.Snapshot(record.Id), new System.Buffers.ReadOnlySequence<byte>(forged), CancellationToken.None);
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(ListAsync)).Error);
    }

    [Fact]
    public async Task Removal_records_first_then_deletes_snapshot_and_notes()
    {
        SnapshotRecord record = await test.CommitAsync(sequence: 7);
        SnapshotState state = await test.Snapshots.FindAsync(record.Id, CancellationToken.None);
        state = await test.Snapshots.AnnotateAsync(state, ["a"], hold: null, CancellationToken.None);
        state = await test.Snapshots.AnnotateAsync(state, ["b"], hold: null, CancellationToken.None);
        var log = new FaultyObjectStore(test.Store);
        await new SnapshotStore(test.Through(log), test.Time).RemoveAsync(state, CancellationToken.None);

        StoreCall[] changes = [.. log.Calls.Where(static c => c.Changes)];
        Assert.Equal(RepositoryLayout.Removal(record.Id), changes[0].Name);
        Assert.Equal((StoreOperation.Delete, RepositoryLayout.Snapshot(record.Id)), (changes[1].Operation, changes[1].Name));
        Assert.Equal([RepositoryLayout.Removal(record.Id)], await test.NamesAsync());
        RemovalRecord removal = (await test.Repository.ReadRecordAsync(SealedType.Removal, RepositoryLayout.Removal(record.Id), RepositoryJson.Default.RemovalRecord, CancellationToken.None))!;
        Assert.Equal((record.Id, 7L, record.Time, record.HostId), (removal.SnapshotId, removal.Sequence, removal.Time, removal.HostId));
        Assert.Empty(await ListAsync());

        // Again, as after a crash in the middle.
        await test.Snapshots.RemoveAsync(state, CancellationToken.None);
        Assert.Equal([RepositoryLayout.Removal(record.Id)], await test.NamesAsync());
    }

    [Fact]
    public async Task A_snapshot_whose_session_stands_becomes_a_tombstone_that_its_writer_runs_into()
    {
        await using WriterSession session = await WriterSession.BeginAsync(test.Repository, test.Session(), IdSource.Random, test.Time, CancellationToken.None);
        SnapshotRecord record = test.Record(session.Id);
        await session.CommitAsync(record, CancellationToken.None);
        await test.Snapshots.RemoveAsync(await test.Snapshots.FindAsync(session.Id, CancellationToken.None), CancellationToken.None);
        Assert.Empty(await ListAsync());
        byte[] bytes = (await test.Store.GetAsync(RepositoryLayout.Snapshot(session.Id), int.MaxValue, CancellationToken.None))!;
        Assert.Equal("removed", test.Repository.OpenRecord(SealedType.Tombstone, RepositoryLayout.Snapshot(session.Id), RepositoryJson.Default.TombstoneRecord, bytes).Reason);
        Assert.Equal(BackupError.SessionFenced, (await Assert.ThrowsAsync<BackupException>(() => session.CommitAsync(record, CancellationToken.None))).Error);
    }

    private Task<IReadOnlyList<SnapshotState>> ListAsync() => test.Snapshots.ListAsync(onDamage: null, CancellationToken.None);

    private async Task<IEnumerable<string>> IdsAsync() => (await ListAsync()).Select(static s => s.Record.Id);

    private async Task<BackupError> ErrorAsync(string prefix) => (await Assert.ThrowsAsync<BackupException>(() => test.Snapshots.FindAsync(prefix, CancellationToken.None))).Error;
}
