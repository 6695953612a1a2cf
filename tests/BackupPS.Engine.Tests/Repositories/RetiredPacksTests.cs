using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

public sealed class RetiredPacksTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task Packs_of_every_retired_and_swept_object_are_absent()
    {
        Assert.Empty((await RetiredPacks.LoadAsync(test.Repository, CancellationToken.None)).All);
        await PutAsync(SealedType.Retired, "a", "b");
        await PutAsync(SealedType.Swept, "b", "c");
        await PutAsync(SealedType.Swept);
        await test.PutAsync("retired/later", [1]);
        Assert.Equal(["a", "b", "c"], (await RetiredPacks.LoadAsync(test.Repository, CancellationToken.None)).All.Order());
    }

    [Fact]
    public async Task What_is_listed_and_gone_is_listed_again()
    {
        string gone = await PutAsync(SealedType.Retired, "a");
        int gets = 0;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (call.Operation != StoreOperation.Get || call.Name != gone || gets++ > 0) return FaultAction.None;

            // Between the listing and the reading a pruner comes to its decision.
            test.Store.DeleteAsync(gone, CancellationToken.None).AsTask().Wait();
            PutAsync(SealedType.Swept, "decided").Wait();
            return FaultAction.None;
        });
        Assert.Equal(["decided"], (await RetiredPacks.LoadAsync(test.Through(store), CancellationToken.None)).All);
        Assert.Equal(2, store.Calls.Count(static c => c.Operation == StoreOperation.List));
    }

    [Fact]
    public async Task What_one_listing_misses_the_other_shows()
    {
        int listings = 0;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            // The first shows neither the announcement, which goes meanwhile, nor the decision, which comes.
            if (call.Operation == StoreOperation.List && ++listings == 2) PutAsync(SealedType.Swept, "decided").Wait();
            return FaultAction.None;
        });
        Assert.Equal(["decided"], (await RetiredPacks.LoadAsync(test.Through(store), CancellationToken.None)).Swept);
    }

    [Fact]
    public async Task A_damaged_one_stops_the_writer_since_what_it_named_is_not_known()
    {
        await test.DamageAsync(await PutAsync(SealedType.Retired, "a"));
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(() => RetiredPacks.LoadAsync(test.Repository, CancellationToken.None))).Error);
    }

    private async Task<string> PutAsync(SealedType type, params string[] packs)
    {
        string name = RepositoryLayout.Retired + IdSource.Random.Next() + (type == SealedType.Swept ? RepositoryLayout.SweptSuffix : "");
        await test.PutAsync(name, test.Repository.SealRecord(type, name, new RetiredRecord { Packs = packs }, RepositoryJson.Default.RetiredRecord));
        return name;
    }
}
