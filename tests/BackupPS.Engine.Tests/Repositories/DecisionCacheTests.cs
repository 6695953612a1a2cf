using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>What is decided stays, and is fetched once; nothing that is kept of it is believed that is not what the repository holds.</summary>
public sealed class DecisionCacheTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly TestRepository test = new();

    private string Folder => Path.Join(temporary.Path, "home", "cache", "repository");

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task A_decision_is_read_once_and_an_announcement_each_time()
    {
        await PutAsync(SealedType.Swept, "a", "b");
        await PutAsync(SealedType.Swept, "c");
        await PutAsync(SealedType.Swept);
        string announced = await PutAsync(SealedType.Retired, "d");
        Assert.Equal(4, (await LoadAsync("a", "b", "c", "d")).Count);
        Assert.Equal([announced], await LoadAsync("a", "b", "c", "d"));
        string later = await PutAsync(SealedType.Swept, "e");
        Assert.Equal([.. new[] { announced, later }.Order()], (await LoadAsync("a", "b", "c", "d", "e")).Order());
        Assert.Equal([announced], await LoadAsync("a", "b", "c", "d", "e"));
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task The_file_may_be_deleted_and_is_made_anew()
    {
        string decision = await PutAsync(SealedType.Swept, "a");
        await LoadAsync("a");
        Directory.Delete(Folder, recursive: true);
        Assert.Equal([decision], await LoadAsync("a"));
        Assert.Empty(await LoadAsync("a"));
    }

    [Fact]
    public async Task Whatever_bit_of_it_changes_and_wherever_it_ends_the_repository_tells()
    {
        await PutAsync(SealedType.Swept, "a", "b");
        await PutAsync(SealedType.Swept, "c");
        await LoadAsync("a", "b", "c");
        string path = Assert.Single(Directory.GetFiles(Folder));
        byte[] whole = await File.ReadAllBytesAsync(path);
        for (int at = 0; at < whole.Length; at += 3)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, changed);
            Assert.NotEmpty(await LoadAsync("a", "b", "c"));
            await File.WriteAllBytesAsync(path, whole.AsMemory(0, at));
            Assert.NotEmpty(await LoadAsync("a", "b", "c"));
            Assert.Empty(await LoadAsync("a", "b", "c"));
        }
    }

    [Fact]
    public async Task What_is_kept_of_one_repository_says_nothing_of_another()
    {
        string name = await PutAsync(SealedType.Swept, "a");
        await LoadAsync("a");
        var other = new TestRepository();
        byte[] bytes = other.Repository.SealRecord(SealedType.Swept, name, new RetiredRecord { Packs = ["b"] }, RepositoryJson.Default.RetiredRecord);
        await other.PutAsync(name, bytes);
        var store = new FaultyObjectStore(other.Store, static _ => FaultAction.None);
        RetiredPacks loaded = await RetiredPacks.LoadAsync(other.Through(store).With(new IndexCache(Folder, keeps: true)), CancellationToken.None);
        Assert.Equal(["b"], loaded.Swept);
    }

    [Fact]
    public async Task Where_nothing_may_change_what_is_kept_is_read_and_nothing_is_kept()
    {
        string first = await PutAsync(SealedType.Swept, "a");
        Assert.Equal([first], await LoadAsync(keeps: false, "a"));
        Assert.False(Directory.Exists(Folder));
        await LoadAsync("a");
        string second = await PutAsync(SealedType.Swept, "b");
        Assert.Equal([second], await LoadAsync(keeps: false, "a", "b"));
        Assert.Equal([second], await LoadAsync(keeps: false, "a", "b"));
    }

    private Task<List<string>> LoadAsync(params string[] expected) => LoadAsync(keeps: true, expected);

    // What was fetched, in order.
    private async Task<List<string>> LoadAsync(bool keeps, params string[] expected)
    {
        var store = new FaultyObjectStore(test.Store, static _ => FaultAction.None);
        RetiredPacks loaded = await RetiredPacks.LoadAsync(test.Through(store).With(new IndexCache(Folder, keeps)), CancellationToken.None);
        Assert.Equal(expected, loaded.All.Order());
        return [.. store.Calls.Where(static c => c.Operation is StoreOperation.Get or StoreOperation.Read).Select(static c => c.Name)];
    }

    private async Task<string> PutAsync(SealedType type, params string[] packs)
    {
        string name = RepositoryLayout.Retired + IdSource.Random.Next() + (type == SealedType.Swept ? RepositoryLayout.SweptSuffix : "");
        await test.PutAsync(name, test.Repository.SealRecord(type, name, new RetiredRecord { Packs = packs }, RepositoryJson.Default.RetiredRecord));
        return name;
    }
}
