using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>Looking through a snapshot folder by folder.</summary>
public sealed class SnapshotBrowserTests
{
    private static string[] NamesOf(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static ValueTask<ISnapshotBrowser> BrowseAsync(TestBench bench, string snapshotId, BackupEngine? engine = null) =>
        (engine ?? bench.Engine).BrowseSnapshotAsync(bench.Vault, snapshotId, secret: null, default);

    private static async Task<List<string>> ListAsync(ISnapshotBrowser browser, string folder, int depth)
    {
        var paths = new List<string>();
        await foreach (BackupItem item in browser.ListAsync(NamesOf(folder), depth, static fault => Assert.Fail(fault.ToString()), default)) paths.Add(item.Path);
        return paths;
    }

    private static string Text(BackupItem item) => $"{item.Path}|{item.Name}|{item.Type}|{item.Size}|{item.Modified:O}|{item.Mode}|{item.Owner}|{item.LinkTarget}|{item.HardLinked}|{item.SnapshotId}|{item.Repository}";

    [TreeFact]
    public async Task Every_item_is_listed_in_order_and_found_by_its_names()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await EveryKind.MakeAsync(bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        var expected = new List<BackupItem>();
        await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = id, LiteralPath = ["/"], Recurse = true }, default)) expected.Add(item);
        Assert.True(expected.Count > 100);

        using ISnapshotBrowser browser = await BrowseAsync(bench, id);
        Assert.Equal(id, browser.SnapshotId);
        Assert.Equal(expected.Select(static i => i.Path), await ListAsync(browser, "/", int.MaxValue));
        foreach (BackupItem item in expected) Assert.Equal(Text(item), Text((await browser.FindAsync(NamesOf(item.Path), default))!));
        foreach (string none in new[] { "/none", bench.Source + "/none", bench.Source + "/content/one/below", bench.Source + "/content/ONE", bench.Source + "/names/\ud800" }) Assert.Null(await browser.FindAsync(NamesOf(none), default));
        Assert.Null(await browser.FindAsync([], default));
    }

    [Fact]
    public async Task A_listing_goes_as_deep_as_was_asked()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        foreach (string name in new[] { "a/b/c/d", "a/x", "z" }) bench.Write(name, "x");
        using ISnapshotBrowser browser = await BrowseAsync(bench, (await bench.BackupAsync()).SnapshotId);
        Assert.Equal(["a", "z"], await RelativeAsync(1));
        Assert.Equal(["a", "a/b", "a/x", "z"], await RelativeAsync(2));
        Assert.Equal(["a", "a/b", "a/b/c", "a/x", "z"], await RelativeAsync(3));
        Assert.Equal(6, (await RelativeAsync(int.MaxValue)).Count);
        BackupException error = await Assert.ThrowsAsync<BackupException>(() => ListAsync(browser, bench.Source + "/z", 1));
        Assert.Equal(("ItemNotFound", bench.Source + "/z"), (error.Error.Id, error.Target));

        async Task<List<string>> RelativeAsync(int depth) => [.. (await ListAsync(browser, bench.Source, depth)).Select(p => Path.GetRelativePath(bench.Source, p))];
    }

    [Fact]
    public async Task The_first_of_100_000_items_comes_before_the_folder_is_read()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        string id = await CraftedSnapshot.WriteAsync(bench, static c => [c.Folder("large", [.. Enumerable.Range(0, 100_000).Select(static i => CraftedSnapshot.Link($"item {i:d6} with a name of some length", "t"))])]);
        FaultyObjectStore? store = null;
        await using FolderObjectStore folder = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => store = new FaultyObjectStore(folder));
        using ISnapshotBrowser browser = await BrowseAsync(bench, id, engine);
        int opened = store!.CallCount;
        await foreach (BackupItem item in browser.ListAsync(["large"], 1, static _ => { }, default))
        {
            Assert.StartsWith("/large/item 000000 ", item.Path, StringComparison.Ordinal);
            break;
        }

        int first = store.CallCount - opened;
        Assert.Equal(100_000, (await ListAsync(browser, "large", 1)).Count);
        int all = store.CallCount - opened;
        Assert.InRange(first, 1, 4);
        Assert.True(all > 5 * first, $"{first} of {all} reads");

        // One after the other each is found, and no page is read twice.
        int before = store.CallCount;
        for (int i = 0; i < 100_000; i += 7) Assert.NotNull(await browser.FindAsync(["large", $"item {i:d6} with a name of some length"], default));
        Assert.InRange(store.CallCount - before, 0, 2 * all);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_is_told_and_the_others_go_on()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, static c => [c.Folder("a", c.File("one", "1")), new TreeEntry { Name = "b"u8.ToArray(), Kind = ItemKind.Directory, Mode = 0x1ED, Subtree = BlobId.Parse(new string('7', 48)) }, c.Folder("c", c.File("two", "2"))]);
        using ISnapshotBrowser browser = await BrowseAsync(bench, id);
        var faults = new List<BackupFault>();
        var paths = new List<string>();
        await foreach (BackupItem item in browser.ListAsync([], int.MaxValue, faults.Add, default)) paths.Add(item.Path);
        Assert.Equal(["/a", "/a/one", "/b", "/c", "/c/two"], paths);
        Assert.Equal(("BlobMissing", "/b"), (Assert.Single(faults).Error.Id, faults[0].Path));
        Assert.Equal("BlobMissing", (await Assert.ThrowsAsync<BackupException>(async () => await browser.FindAsync(["b", "x"], default))).Error.Id);
    }

    [Fact]
    public async Task What_is_open_is_shared_and_is_closed_with_the_keys()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "content");
        string id = (await bench.BackupAsync()).SnapshotId;
        Stream content;
        using (ISnapshotBrowser browser = await BrowseAsync(bench, id))
        {
            content = await browser.OpenContentAsync(NamesOf(bench.Source + "/f"), default);
            Assert.Equal("ItemNotFile", (await Assert.ThrowsAsync<BackupException>(() => browser.OpenContentAsync(NamesOf(bench.Source), default))).Error.Id);
            Assert.True((await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => await browser.FindAsync(NamesOf(bench.Source + "/f"), default))))).All(static i => i!.Size == 7));
        }

        // Another gets it at once.
        ValueTask<ISnapshotBrowser> again = BrowseAsync(bench, id);
        Assert.True(again.IsCompletedSuccessfully);
        (await again).Dispose();
        await bench.Engine.DisconnectRepositoryAsync(bench.Vault, default);
        using (var reader = new StreamReader(content)) Assert.Equal("content", await reader.ReadToEndAsync());
        for (int wait = 0; wait < 100 && OpenDescriptors.Below(bench.Vault).Count > 0; wait++) await Task.Delay(20);
        Assert.Empty(OpenDescriptors.Below(bench.Vault));
        Assert.Equal("SnapshotNotFound", (await Assert.ThrowsAsync<BackupException>(async () => await BrowseAsync(bench, new string('f', 32)))).Error.Id);
    }
}
