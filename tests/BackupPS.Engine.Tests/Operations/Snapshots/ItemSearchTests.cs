using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>Finding items in many snapshots at once.</summary>
public sealed class ItemSearchTests
{
    private const int Seed = 20261122;

    private static async Task<List<BackupItem>> FindAsync(TestBench bench, ItemSearchQuery query)
    {
        var found = new List<BackupItem>();
        await foreach (BackupItem item in bench.Engine.FindItemsAsync(query with { Repository = bench.Vault }, bench.Callbacks, default)) found.Add(item);
        return found;
    }

    private static Task<List<BackupItem>> FindAsync(TestBench bench, params string[] names) => FindAsync(bench, new ItemSearchQuery { Name = names });

    [Fact]
    public async Task Each_version_is_told_once_with_all_snapshots_that_hold_it()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        var ids = new List<string>();
        string path = bench.Write("web/site.conf", "one");
        var first = new DateTime(2026, 11, 1, 12, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, first);
        await NextAsync();
        bench.Write("other", "x");
        await NextAsync();
        bench.Write("web/site.conf", "two");
        File.SetLastWriteTimeUtc(path, first.AddMinutes(1));
        await NextAsync();
        File.Delete(path);
        await NextAsync();
        bench.Write("web/site.conf", "one");
        File.SetLastWriteTimeUtc(path, first);
        await NextAsync();

        IReadOnlyList<BackupSnapshot> snapshots = await bench.ListSnapshotsAsync();
        List<BackupItem> versions = await FindAsync(bench, "site.conf");
        Assert.Equal(2, versions.Count);
        Assert.Equal([ids[0], ids[1], ids[4]], versions[0].HeldBy);
        Assert.Equal((ids[4], 3, snapshots[0].Time, snapshots[4].Time), (versions[0].SnapshotId, versions[0].SnapshotCount, versions[0].FirstSeen, versions[0].LastSeen));
        Assert.Equal([ids[2]], versions[1].HeldBy);
        Assert.All(versions, v => Assert.Equal((path, "site.conf", "File", 3L, Environment.MachineName), (v.Path, v.Name, v.Type, v.Size, v.HostName)));

        // By wildcard, by the end of its path and by its whole path.
        foreach (string name in new[] { "*.conf", "web/site.conf", "s?te.conf", path }) Assert.Equal(2, (await FindAsync(bench, name)).Count);
        Assert.Equal(2, (await FindAsync(bench, new ItemSearchQuery { LiteralPath = [path] })).Count);

        // A folder is one version, whatever is in it.
        Assert.Equal(ids, Assert.Single(await FindAsync(bench, "web")).HeldBy);

        async Task NextAsync()
        {
            ids.Add((await bench.BackupAsync()).SnapshotId);
            clock.Advance(TimeSpan.FromHours(1));
        }
    }

    [Fact]
    public async Task What_is_searched_is_chosen_by_time_policy_and_id_and_hosts_are_kept_apart()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        string policy = (await bench.RunPolicyAsync()).SnapshotId;
        clock.Advance(TimeSpan.FromDays(1));
        DateTime between = clock.GetUtcNow().UtcDateTime;
        string adHoc = (await bench.BackupAsync()).SnapshotId;
        string elsewhere = (await bench.BackupAsync(engine: bench.CreateEngine("other-home"))).SnapshotId;

        Assert.Equal([[policy, adHoc], [elsewhere]], (await FindAsync(bench, "f")).Select(static v => v.HeldBy));
        Assert.Equal([[policy]], await HeldAsync(new ItemSearchQuery { Until = between }));
        Assert.Equal([[adHoc], [elsewhere]], await HeldAsync(new ItemSearchQuery { Since = between }));
        Assert.Equal([[policy]], await HeldAsync(new ItemSearchQuery { PolicyName = ["P"] }));
        Assert.Equal([[elsewhere]], await HeldAsync(new ItemSearchQuery { SnapshotId = [elsewhere] }));
        Assert.Equal([[policy], [elsewhere]], await HeldAsync(new ItemSearchQuery { SnapshotId = [elsewhere], PolicyName = ["p"] }));

        Assert.Equal([[adHoc]], await HeldAsync(new ItemSearchQuery { SnapshotId = [adHoc, new string('f', 32)] }));
        Assert.Equal(("SnapshotNotFound", new string('f', 32)), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);

        async Task<IEnumerable<string[]>> HeldAsync(ItemSearchQuery query) => (await FindAsync(bench, query with { Name = ["f"] })).Select(static v => v.HeldBy);
    }

    [Fact]
    public async Task Nothing_found_is_an_error_and_so_is_each_path_that_is_nowhere()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string path = bench.Write("f", "x");
        await bench.BackupAsync();
        BackupException nothing = await Assert.ThrowsAsync<BackupException>(() => FindAsync(bench, "nowhere"));
        Assert.Equal(("ItemNotFound", "nowhere"), (nothing.Error.Id, nothing.Target));
        Assert.Single(await FindAsync(bench, new ItemSearchQuery { LiteralPath = [path, "/nowhere"] }));
        Assert.Equal(("ItemNotFound", "/nowhere"), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);
    }

    [Fact]
    public async Task Names_that_are_not_UTF_8_links_and_changes_of_kind_are_versions_too()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("printf a > $'b\\xff'; ln -s here link; ln $'b\\xff' hard; mkdir kind; : > kind/inner", bench.Source);
        await bench.BackupAsync();
        await Shell.RunAsync("ln -sfn there link; rm -r kind; printf x > kind", bench.Source);
        await bench.BackupAsync();
        string bad = Assert.Single(await FindAsync(bench, "b?")).Path;
        Assert.Equal("/b\udcff", bad[^3..]);
        Assert.Equal(2, Assert.Single(await FindAsync(bench, new ItemSearchQuery { LiteralPath = [bad] })).SnapshotCount);
        Assert.Equal(["here", "there"], (await FindAsync(bench, "link")).Select(static v => v.LinkTarget));
        Assert.Equal(["Directory", "File"], (await FindAsync(bench, "kind")).Select(static v => v.Type));
        Assert.Equal(1, Assert.Single(await FindAsync(bench, "inner")).SnapshotCount);
        Assert.True(Assert.Single(await FindAsync(bench, "hard")).HardLinked);
    }

    [Fact]
    public async Task It_finds_in_all_snapshots_what_listing_each_of_them_finds()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        var random = new Random(Seed);
        var ids = new List<string>();
        for (int round = 0; round < 8; round++)
        {
            for (int i = 0; i < 25; i++)
            {
                string name = $"{random.Next(3)}/{random.Next(4)}/{random.Next(8)}";
                string path = Path.Join(bench.Source, name);
                bool exists = File.Exists(path);
                if (exists && random.Next(3) == 0) File.Delete(path);
                else if (exists && random.Next(3) == 0) File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(random.Next(3)));
                else if (Directory.Exists(Path.GetDirectoryName(path)) || round < 3) bench.Write(name, random.Next(3).ToString(System.Globalization.CultureInfo.InvariantCulture));
                if (!OperatingSystem.IsWindows() && File.Exists(path) && random.Next(4) == 0) File.SetUnixFileMode(path, UnixFileMode.UserRead | (UnixFileMode)random.Next(0x40));
            }

            ids.Add((await bench.BackupAsync()).SnapshotId);
            clock.Advance(TimeSpan.FromHours(1));
        }

        var expected = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string id in ids)
        {
            await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = id, Recurse = true }, default))
            {
                string key = item.Type == "Directory" ? item.Path : $"{item.Path} {item.Modified:o} {await ContentAsync(id, item.Path)}";
                if (!expected.TryGetValue(key, out List<string>? holders)) expected.Add(key, holders = []);
                holders.Add(id);
            }
        }

        var found = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        List<BackupItem> versions = await FindAsync(bench, new ItemSearchQuery { Name = [bench.Source, bench.Source + "/**"] });
        foreach (BackupItem version in versions)
        {
            string key = version.Type == "Directory" ? version.Path : $"{version.Path} {version.Modified:o} {await ContentAsync(version.SnapshotId, version.Path)}";
            found.Add(key, [.. version.HeldBy]);
            BackupItem? latest = null;
            await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = version.SnapshotId, LiteralPath = [version.Path] }, default)) latest = item;
            Assert.Equal((latest!.Mode, latest.Modified, latest.Size), (version.Mode, version.Modified, version.Size));
        }

        Assert.True(expected.Count > 60, $"{expected.Count} versions");
        Assert.Equal(expected.OrderBy(static e => e.Key, StringComparer.Ordinal), found.OrderBy(static e => e.Key, StringComparer.Ordinal));
        Assert.Equal(versions.Select(static v => v.Path).Distinct(), versions.Select(static v => v.Path).Distinct().Order(StringComparer.Ordinal));

        async Task<string> ContentAsync(string id, string path)
        {
            await using Stream content = await bench.Engine.OpenContentAsync(new ContentQuery { Repository = bench.Vault, SnapshotId = id, Path = path }, default);
            return await new StreamReader(content).ReadToEndAsync();
        }
    }

    [Fact]
    public async Task Folders_of_many_pages_are_searched_as_small_ones_are()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        var ids = new List<string>();
        foreach (int changed in new[] { 3, 20_000, 39_998 }) ids.Add(await CraftedSnapshot.WriteAsync(bench, c => Many(c, 40_000, changed)));
        List<BackupItem> all = await FindAsync(bench, "f*");
        Assert.Equal(40_003, all.Count);
        Assert.Equal(all.Select(static v => v.Path).Order(StringComparer.Ordinal), all.Select(static v => v.Path));
        BackupItem[] changes = [.. all.Where(static v => v.SnapshotCount < 3)];
        Assert.Equal(6, changes.Length);
        Assert.Equal([ids[0]], changes.Single(v => v.Path == "/crafted/f000003" && v.SnapshotCount == 1).HeldBy);
        Assert.Equal([ids[0], ids[1]], changes.Single(v => v.Path == "/crafted/f039998" && v.SnapshotCount == 2).HeldBy);
    }

    [Fact]
    public async Task A_snapshot_that_is_removed_meanwhile_is_told_and_the_others_are_searched_on()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await CraftedSnapshot.WriteAsync(bench, static c => [new TreeEntry { Name = "z"u8.ToArray(), Kind = ItemKind.Directory, Subtree = Many(c, 3000, -1)[0].Subtree }]);
        string[] shared = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories);
        string leaving = await CraftedSnapshot.WriteAsync(bench, static c => [c.File("a", "1"), c.Folder("y"), new TreeEntry { Name = "z"u8.ToArray(), Kind = ItemKind.Directory, Subtree = Many(c, 3000, -1)[0].Subtree }]);
        string staying = await CraftedSnapshot.WriteAsync(bench, static c => [c.File("a", "2"), c.Folder("z", c.File("f000001", "other"))]);

        var found = new List<BackupItem>();
        await foreach (BackupItem item in bench.Engine.FindItemsAsync(new ItemSearchQuery { Repository = bench.Vault, Name = ["a", "f*", "z"], SnapshotId = [leaving, staying] }, bench.Callbacks, default))
        {
            if (found.Count == 0)
            {
                await bench.Engine.RemoveSnapshotAsync(bench.Vault, leaving, null, default);
                foreach (string pack in shared) File.Delete(pack);
            }

            found.Add(item);
        }

        Assert.Equal(("SnapshotRemoved", leaving), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);
        Assert.Equal([staying], Assert.Single(found, static v => v.Name == "f000001").HeldBy);
    }

    // A folder of so many files, of which one has other content.
    private static TreeEntry[] Many(CraftedSnapshot crafted, int count, int changed)
    {
        TreeEntry same = crafted.File("same", "same"), other = crafted.File("other", $"content {changed}");
        return [crafted.Folder("crafted", [.. Enumerable.Range(0, count).Select(i => new TreeEntry { Name = PathText.ToBytes($"f{i:d6}"), Kind = ItemKind.File, Mode = 0x1A4, Size = (i == changed ? other : same).Size, Content = (i == changed ? other : same).Content })])];
    }
}
