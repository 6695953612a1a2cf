using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>What is being retired, and how little of it has to be readable.</summary>
public sealed class RetiredPacksTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task Packs_of_every_announcement_and_of_every_decision_that_binds_are_absent()
    {
        Assert.Empty((await LoadAsync()).All);
        await AnnounceAsync("a", "b");
        string decided = await AnnounceAsync("c", "d");
        await DecideAsync(decided, "c");
        string carried = IdSource.Random.Next();
        await DecideAsync(carried, "e");
        await MarkAsync(carried);
        await test.PutAsync("retired/later", [1]);
        RetiredPacks packs = await LoadAsync();
        Assert.Equal(["a", "b", "c", "d", "e"], packs.All.Order());
        Assert.Equal(["c", "e"], packs.Swept.Order());
        Assert.Equal([decided], packs.Unswept.Select(static r => r.Key));
        Assert.Empty(packs.Over);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_decision_whose_retirement_has_ended_and_that_nobody_carries_on_binds_nobody_and_need_not_be_readable(bool damaged)
    {
        string id = IdSource.Random.Next();
        string name = await DecideAsync(id, "a");
        if (damaged) await test.DamageAsync(name);
        RetiredPacks packs = await LoadAsync();
        Assert.Empty(packs.All);
        Assert.Empty(packs.Unknown);
        Assert.Equal([id], packs.Over);
    }

    [Fact]
    public async Task Where_a_decision_cannot_be_read_what_was_announced_stands_for_it()
    {
        string id = await AnnounceAsync("a", "b");
        await test.DamageAsync(await DecideAsync(id, "a"));
        RetiredPacks packs = await LoadAsync();
        Assert.Equal(["a", "b"], packs.All.Order());
        Assert.Equal(["a", "b"], packs.Doubtful.Order());
        Assert.Equal([id], packs.Broken);
        Assert.Empty(packs.Unknown);
    }

    [Fact]
    public async Task An_announcement_that_cannot_be_read_is_made_void()
    {
        string id = await AnnounceAsync("a");
        await test.DamageAsync(RepositoryLayout.Retirement(id));
        Assert.Equal([id], (await LoadAsync()).Unreadable);
        RetiredPacks packs = await RetiredPacks.LoadForWritingAsync(test.Repository, CancellationToken.None);
        Assert.Empty(packs.All);
        Assert.Empty(packs.Unreadable);

        // Whoever would have decided finds that it is decided.
        Assert.Empty((await test.Repository.ReadRecordAsync(SealedType.Swept, RepositoryLayout.Decision(id), RepositoryJson.Default.RetiredRecord, CancellationToken.None))!.Packs);
    }

    [Fact]
    public async Task Where_it_is_decided_the_decision_stands_for_an_announcement_that_cannot_be_read()
    {
        string id = await AnnounceAsync("a", "b");
        await DecideAsync(id, "a");
        await test.DamageAsync(RepositoryLayout.Retirement(id));
        Assert.Equal(["a"], (await RetiredPacks.LoadForWritingAsync(test.Repository, CancellationToken.None)).All);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_decision_of_which_nothing_is_known_and_that_binds_is_told(bool announced)
    {
        string id = announced ? await AnnounceAsync("a") : IdSource.Random.Next();
        if (announced) await test.DamageAsync(RepositoryLayout.Retirement(id));
        else await MarkAsync(id);
        await test.DamageAsync(await DecideAsync(id, "a"));
        Assert.Equal([id], (await RetiredPacks.LoadForWritingAsync(test.Repository, CancellationToken.None)).Unknown);
    }

    [Fact]
    public async Task What_is_listed_and_gone_is_listed_again()
    {
        string gone = RepositoryLayout.Retirement(await AnnounceAsync("a"));
        int gets = 0;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (call.Operation != StoreOperation.Get || call.Name != gone || gets++ > 0) return FaultAction.None;

            // Between the listing and the reading a pruner comes to its decision.
            test.Store.DeleteAsync(gone, CancellationToken.None).AsTask().Wait();
            DecideAsync(RepositoryLayout.LastSegment(gone), "decided").Wait();
            MarkAsync(RepositoryLayout.LastSegment(gone)).Wait();
            return FaultAction.None;
        });
        Assert.Equal(["decided"], (await RetiredPacks.LoadAsync(test.Through(store), CancellationToken.None)).All);
        Assert.Equal(2, store.Calls.Count(static c => c.Operation == StoreOperation.List && c.Name == RepositoryLayout.Retired));
    }

    [Fact]
    public async Task What_one_listing_misses_the_other_shows()
    {
        int listings = 0;
        string id = IdSource.Random.Next();
        var store = new FaultyObjectStore(test.Store, call =>
        {
            // The first shows neither the announcement, which goes meanwhile, nor the decision, which comes.
            if (call.Operation == StoreOperation.List && ++listings == 2)
            {
                DecideAsync(id, "decided").Wait();
                MarkAsync(id).Wait();
            }

            return FaultAction.None;
        });
        Assert.Equal(["decided"], (await RetiredPacks.LoadAsync(test.Through(store), CancellationToken.None)).Swept);
    }

    private Task<RetiredPacks> LoadAsync() => RetiredPacks.LoadAsync(test.Repository, CancellationToken.None);

    private async Task<string> AnnounceAsync(params string[] packs)
    {
        string id = IdSource.Random.Next();
        await PutAsync(SealedType.Retired, RepositoryLayout.Retirement(id), packs);
        return id;
    }

    private Task<string> DecideAsync(string id, params string[] packs) => PutAsync(SealedType.Swept, RepositoryLayout.Decision(id), packs);

    private async Task<string> PutAsync(SealedType type, string name, string[] packs)
    {
        await test.PutAsync(name, test.Repository.SealRecord(type, name, new RetiredRecord { Packs = packs }, RepositoryJson.Default.RetiredRecord));
        return name;
    }

    private async Task MarkAsync(string id)
    {
        string name = RepositoryLayout.Sweeper(id, IdSource.Random.Next());
        var record = new SweeperRecord { HostName = "host", HostId = new string('1', 32), ProcessId = 1, ProcessStart = "", Started = DateTime.UnixEpoch };
        await test.PutAsync(name, test.Repository.SealRecord(SealedType.Sweeper, name, record, RepositoryJson.Default.SweeperRecord));
    }
}
