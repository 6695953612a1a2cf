using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>Sessions: the commit has one outcome, and life is shown.</summary>
public sealed class WriterSessionTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task A_session_stands_until_it_is_ended()
    {
        await using WriterSession session = await BeginAsync(test.Store);
        string name = RepositoryLayout.Session(session.Id);
        SessionRecord record = (await test.Repository.ReadRecordAsync(SealedType.Session, name, RepositoryJson.Default.SessionRecord, CancellationToken.None))!;
        Assert.Equal("policy", record.PolicyName);
        await session.CommitAsync(test.Record(session.Id), CancellationToken.None);
        Assert.Equal(2, (await test.NamesAsync()).Count);
        await session.EndAsync(CancellationToken.None);
        Assert.Equal([RepositoryLayout.Snapshot(session.Id)], await test.NamesAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_was_lost_is_repeated_with_the_same_bytes(bool done)
    {
        int puts = 0;
        var store = new FaultyObjectStore(test.Store, call => call.Operation != StoreOperation.PutNew || !call.Name.StartsWith("snapshots/", StringComparison.Ordinal) || ++puts > 2 ? FaultAction.None : done ? FaultAction.FailAfter() : FaultAction.FailBefore());
        await using WriterSession session = await BeginAsync(Retrying(store));
        await session.CommitAsync(test.Record(session.Id), CancellationToken.None);
        Assert.Equal(3, puts);
        Assert.Equal(session.Id, Assert.Single(await test.Snapshots.ListAsync(onDamage: null, CancellationToken.None)).Record.Id);
    }

    [Fact]
    public async Task A_commit_that_never_gets_an_answer_ends_with_the_store_s_error()
    {
        var store = new FaultyObjectStore(test.Store, static call => call.Name.StartsWith("snapshots/", StringComparison.Ordinal) ? FaultAction.FailBefore() : FaultAction.None);
        await using WriterSession session = await BeginAsync(Retrying(store));
        await Assert.ThrowsAsync<StoreException>(() => session.CommitAsync(test.Record(session.Id), CancellationToken.None));
        Assert.InRange(store.Calls.Count(static c => c.Operation == StoreOperation.PutNew && c.Name.StartsWith("snapshots/", StringComparison.Ordinal)), 5, 20);
    }

    [Fact]
    public async Task A_store_that_is_gone_is_not_asked_again()
    {
        var store = new FaultyObjectStore(test.Store, static call => call.Name.StartsWith("snapshots/", StringComparison.Ordinal) ? FaultAction.FailBefore(StoreFailure.Unreachable) : FaultAction.None);
        await using WriterSession session = await BeginAsync(Retrying(store));
        await Assert.ThrowsAsync<StoreException>(() => session.CommitAsync(test.Record(session.Id), CancellationToken.None));
        Assert.Single(store.Calls, static c => c.Name.StartsWith("snapshots/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tombstone_that_comes_between_two_tries_of_a_commit_wins()
    {
        int puts = 0;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (call.Operation != StoreOperation.PutNew || !call.Name.StartsWith("snapshots/", StringComparison.Ordinal) || ++puts > 1) return FaultAction.None;
            byte[] tombstone = test.Repository.SealRecord(SealedType.Tombstone, call.Name, new TombstoneRecord { Reason = "fenced", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord);
            Assert.True(test.PutAsync(call.Name, tombstone).AsTask().Result);
            return FaultAction.FailBefore();
        });
        await using WriterSession session = await BeginAsync(Retrying(store));
        var e = await Assert.ThrowsAsync<BackupException>(() => session.CommitAsync(test.Record(session.Id), CancellationToken.None));
        Assert.Equal(BackupError.SessionFenced, e.Error);
        Assert.Equal(2, puts);
    }

    [Fact]
    public async Task A_session_that_was_fenced_off_cannot_commit()
    {
        await using WriterSession session = await BeginAsync(test.Store);
        string name = RepositoryLayout.Snapshot(session.Id);
        byte[] tombstone = test.Repository.SealRecord(SealedType.Tombstone, name, new TombstoneRecord { Reason = "fenced", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord);
        Assert.True(await test.PutAsync(name, tombstone));
        var e = await Assert.ThrowsAsync<BackupException>(() => session.CommitAsync(test.Record(session.Id), CancellationToken.None));
        Assert.Equal(BackupError.SessionFenced, e.Error);
        Assert.Equal(tombstone, await test.Store.GetAsync(name, int.MaxValue, CancellationToken.None));
    }

    [Fact]
    public async Task Of_a_commit_and_a_tombstone_at_once_one_wins_and_both_know()
    {
        for (int i = 0; i < 200; i++)
        {
            await using WriterSession session = await BeginAsync(test.Store);
            string name = RepositoryLayout.Snapshot(session.Id);
            byte[] tombstone = test.Repository.SealRecord(SealedType.Tombstone, name, new TombstoneRecord { Reason = "fenced", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord);
            Task<bool> fence = Task.Run(async () => await test.PutAsync(name, tombstone));
            bool committed = true;
            try
            {
                await session.CommitAsync(test.Record(session.Id), CancellationToken.None);
            }
            catch (BackupException e) when (e.Error == BackupError.SessionFenced)
            {
                committed = false;
            }

            Assert.NotEqual(committed, await fence);
            Assert.Equal(committed, await test.Snapshots.ExistsAsync(session.Id, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_heartbeat_moves_every_ten_minutes_and_leaves_one_object()
    {
        await using WriterSession session = await BeginAsync(test.Store);
        Assert.Equal([RepositoryLayout.Session(session.Id)], await test.NamesAsync());
        for (int beat = 0; beat < 5; beat++)
        {
            test.Time.Advance(TimeSpan.FromMinutes(9));
            await Task.Delay(20);
            Assert.DoesNotContain(RepositoryLayout.Heartbeat(session.Id, beat), await test.NamesAsync());
            test.Time.Advance(TimeSpan.FromMinutes(1));
            await UntilAsync(async () => (await test.NamesAsync()).SequenceEqual([RepositoryLayout.Session(session.Id), RepositoryLayout.Heartbeat(session.Id, beat)]));
        }

        await session.EndAsync(CancellationToken.None);
        Assert.Empty(await test.NamesAsync());
    }

    [Fact]
    public async Task Lost_calls_of_the_heartbeat_leave_nothing_at_the_end()
    {
        // The deletion of the first beat and the answer to the third put are lost.
        var store = new FaultyObjectStore(test.Store, static call =>
            call.Operation == StoreOperation.Delete && call.Name.EndsWith(".00000000", StringComparison.Ordinal) && call.Number < 10 ? FaultAction.FailBefore()
            : call.Operation == StoreOperation.PutNew && call.Name.EndsWith(".00000002", StringComparison.Ordinal) ? FaultAction.FailAfter() : FaultAction.None);
        await using WriterSession session = await BeginAsync(store);
        for (int beat = 0; beat < 5; beat++)
        {
            test.Time.Advance(TimeSpan.FromMinutes(10));
            await UntilAsync(() => Task.FromResult(store.Calls.Any(c => c.Operation == StoreOperation.PutNew && c.Name == RepositoryLayout.Heartbeat(session.Id, beat))));
        }

        await UntilAsync(async () => (await test.NamesAsync()).Contains(RepositoryLayout.Heartbeat(session.Id, 4)));
        await session.EndAsync(CancellationToken.None);
        Assert.Empty(await test.NamesAsync());
        test.Time.Advance(TimeSpan.FromHours(1));
        await Task.Delay(20);
        Assert.Empty(await test.NamesAsync());
    }

    [Fact]
    public async Task Ending_leaves_other_sessions_alone()
    {
        await using WriterSession one = await BeginAsync(test.Store), other = await BeginAsync(test.Store);
        await one.EndAsync(CancellationToken.None);
        Assert.Equal([RepositoryLayout.Session(other.Id)], await test.NamesAsync());
    }

    private Task<WriterSession> BeginAsync(IObjectStore store) => WriterSession.BeginAsync(test.Through(store), test.Session(), IdSource.Random, test.Time, CancellationToken.None);

    private static RetryingObjectStore Retrying(IObjectStore store) => new(store, new RetryPipeline(new SkippingTime(), new Random(1).NextDouble, static _ => { }, CancellationToken.None));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (int i = 0; i < 1000; i++)
        {
            if (await condition()) return;
            await Task.Delay(10);
        }

        Assert.Fail("It has not happened within 10 s.");
    }
}
