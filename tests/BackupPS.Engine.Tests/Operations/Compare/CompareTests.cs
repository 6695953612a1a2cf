using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Operations.Compare;

/// <summary>Comparing two snapshots.</summary>
public sealed class CompareTests
{
    private const int Seed = 20261123;

    private static async Task<List<BackupItemChange>> CompareAsync(TestBench bench, string before, string after, Func<CompareQuery, CompareQuery>? change = null, IProgress<OperationProgress>? progress = null)
    {
        var query = new CompareQuery { Repository = bench.Vault, ReferenceId = before, DifferenceId = after };
        var changes = new List<BackupItemChange>();
        await foreach (BackupItemChange one in bench.Engine.CompareAsync(change?.Invoke(query) ?? query, bench.Callbacks with { Progress = progress }, default)) changes.Add(one);
        return changes;
    }

    private static async Task<(string Before, string After)> BackupBothAsync(TestBench bench, string make, string change)
    {
        await Shell.RunAsync(make, bench.Source);
        string before = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync(change, bench.Source);
        return (before, (await bench.BackupAsync()).SnapshotId);
    }

    // What a test expects: change, path below the source, and what differs.
    private static IEnumerable<string> Lines(TestBench bench, IEnumerable<BackupItemChange> changes) =>
        changes.Select(c => $"{c.Change} {(c.Path == bench.Source ? "." : PathText.ToDisplay(c.Path[(bench.Source.Length + 1)..]))}{(c.Differs.Length > 0 ? ": " + string.Join(' ', c.Differs) : "")}");

    [Fact]
    public async Task Every_kind_of_change_is_told_with_what_differs()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        (string before, string after) = await BackupBothAsync(
            bench,
            "umask 022; mkdir d gone keep; printf one > content; printf same > touched; printf mode > mode; printf x > gone/x; ln -s a link; printf f > to-folder; mkdir to-file; printf i > to-file/i; printf b > $'b\\xff'; printf k > keep/k; printf h > hard; touch -h -d '2020-01-01 UTC' *",
            "printf three > content; touch -d '2021-01-01 UTC' touched; chmod 600 mode; rm -r gone; ln -sfn bb link; rm to-folder; mkdir to-folder; printf i > to-folder/i; rm -r to-file; printf f > to-file; printf B > $'b\\xff'; mkdir new; printf n > new/n; chmod 700 d; touch d; ln hard hard2; touch -h -d '2020-01-01 UTC' link content $'b\\xff'");
        List<BackupItemChange> changes = await CompareAsync(bench, before, after);
        Assert.Equal(
            [
                @"Modified b\xff: Content",
                "Modified content: Content Size",
                "MetadataChanged d: Mode",
                "Removed gone",
                "Removed gone/x",
                "Added hard2",
                "Modified link: LinkTarget",
                "MetadataChanged mode: Mode",
                "Added new",
                "Added new/n",
                "TypeChanged to-file: Type",
                "Removed to-file/i",
                "TypeChanged to-folder: Type",
                "Added to-folder/i",
                "MetadataChanged touched: Modified",
            ],
            Lines(bench, changes));
        BackupItemChange content = changes[1];
        Assert.Equal((3L, 5L, before, after, before, Path.Join(bench.Source, "content"), "content"), (content.SizeBefore, content.Size, content.ReferenceId, content.DifferenceId, content.SnapshotId, content.Path, content.Name));
        Assert.Equal((new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc), new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc)), (changes[^1].ModifiedBefore, changes[^1].Modified));
        Assert.Equal(("rwxr-xr-x", "rwx------"), (changes[2].ModeBefore, changes[2].Mode));
        Assert.Equal(("a", "bb"), (changes[6].LinkTargetBefore, changes[6].LinkTarget));
        Assert.Equal(("Directory", "File"), (changes[10].TypeBefore, changes[10].Type));

        // What only one side has is restored from there, and has nothing of the other.
        BackupItemChange removed = changes[4], added = changes[9];
        Assert.Equal((before, "File", "File", 1L, 0L, ""), (removed.SnapshotId, removed.Type, removed.TypeBefore, removed.SizeBefore, removed.Size, removed.Mode));
        Assert.Equal((after, "File", "", 0L, 1L, ""), (added.SnapshotId, added.Type, added.TypeBefore, added.SizeBefore, added.Size, added.ModeBefore));
        Assert.All(changes, static c => Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (c.Modified.Offset, c.ModifiedBefore.Offset)));

        // The other way round.
        Assert.Equal(changes.Select(static c => c.Path), (await CompareAsync(bench, after, before)).Select(static c => c.Path));
        Assert.Empty(await CompareAsync(bench, before, before));
    }

    [ToolFact("setfattr")]
    public async Task Extended_attributes_and_holes_count()
    {
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        (string before, string after) = await BackupBothAsync(
            bench,
            "printf a > small; mkdir d; printf b > same; setfattr -n user.x -v 1 same; touch -d '2020-01-01 UTC' *",
            "setfattr -n user.x -v 2 small; setfattr -n user.large -v \"$(printf 'v%.0s' {1..2000})\" d; touch -d '2020-01-01 UTC' *");
        Assert.Equal(["MetadataChanged d: Attributes", "MetadataChanged small: Attributes"], Lines(bench, await CompareAsync(bench, before, after)));
    }

    [Fact]
    public async Task Folders_that_both_share_are_not_entered()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        (string before, string after) = await BackupBothAsync(bench, "mkdir -p a/b/c d/e/f; printf 1 > a/b/c/x; printf 1 > d/e/f/x", "printf 22 > d/e/f/x");
        var seen = new List<string>();
        Assert.Equal(["Modified d/e/f/x: Content Size Modified"], Lines(bench, await CompareAsync(bench, before, after, progress: new Recorder(p => seen.Add(p.Current)))));
        Assert.Contains(Path.Join(bench.Source, "d/e/f"), seen);
        Assert.DoesNotContain(seen, path => path.StartsWith(Path.Join(bench.Source, "a"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_compared_and_a_path_that_is_nowhere_is_an_error()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        (string before, string after) = await BackupBothAsync(bench, "mkdir -p a b same/deep; printf 1 > a/x.conf; printf 1 > a/y; printf 1 > b/x.conf; printf 1 > same/deep/s", "printf 22 > a/x.conf; printf 22 > a/y; printf 22 > b/x.conf");
        Assert.Equal(["a/x.conf", "b/x.conf"], await PathsAsync(q => q with { Path = ["*.conf"] }));
        Assert.Equal(["a/x.conf", "a/y"], await PathsAsync(q => q with { LiteralPath = [Path.Join(bench.Source, "a")] }));
        Assert.Equal(["a/y", "b/x.conf"], await PathsAsync(q => q with { LiteralPath = [Path.Join(bench.Source, "a/y")], Path = [bench.Source + "/b"] }));
        Assert.Empty(await PathsAsync(q => q with { Path = ["*.none"] }));

        Assert.Equal(["a/x.conf", "a/y"], await PathsAsync(q => q with { LiteralPath = [Path.Join(bench.Source, "a"), Path.Join(bench.Source, "a/x.conf"), Path.Join(bench.Source, "same"), Path.Join(bench.Source, "same/deep/s")] }));

        // What is the same is there, though it is in a folder that need not be entered.
        Assert.Empty(await PathsAsync(q => q with { LiteralPath = [Path.Join(bench.Source, "same/deep/s")] }));
        Assert.Empty(bench.Faults);
        Assert.Empty(await PathsAsync(q => q with { LiteralPath = [Path.Join(bench.Source, "same/deep/none")] }));
        Assert.Equal(("ItemNotFound", Path.Join(bench.Source, "same/deep/none")), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);

        async Task<IEnumerable<string>> PathsAsync(Func<CompareQuery, CompareQuery> change) => (await CompareAsync(bench, before, after, change)).Select(c => Path.GetRelativePath(bench.Source, c.Path));
    }

    [Fact]
    public async Task It_finds_what_comparing_two_listings_finds()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        var random = new Random(Seed);
        string? last = null;
        Dictionary<string, string> lastState = [];
        int changed = 0;
        for (int round = 0; round < 6; round++)
        {
            for (int i = 0; i < 30; i++)
            {
                string name = $"{random.Next(3)}/{random.Next(4)}";
                string path = Path.Join(bench.Source, name);
                int action = random.Next(6);
                if (action == 0 && Directory.Exists(path)) Directory.Delete(path, recursive: true);
                else if (action <= 1 && Directory.Exists(path)) File.Delete(path + "/f");
                else if (action == 2 && File.Exists(path + "/f") && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path + "/f", UnixFileMode.UserRead | (UnixFileMode)random.Next(0x40));
                else bench.Write(name + "/f" + (random.Next(3) == 0 ? "g" : ""), random.Next(4).ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            string id = (await bench.BackupAsync()).SnapshotId;
            var state = new Dictionary<string, string>(StringComparer.Ordinal);
            await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = id, Recurse = true }, default))
            {
                state.Add(item.Path, item.Type == "Directory" ? item.Mode : $"{item.Mode} {item.Modified:o} {TestBench.Read(item.Path)}");
            }

            if (last is not null)
            {
                string[] expected = [.. state.Keys.Union(lastState.Keys).Where(p => state.GetValueOrDefault(p) != lastState.GetValueOrDefault(p)).Order(StringComparer.Ordinal)];
                List<BackupItemChange> changes = await CompareAsync(bench, last, id);
                Assert.Equal(expected, changes.Select(static c => c.Path).Order(StringComparer.Ordinal));
                Assert.All(changes, c => Assert.Equal((lastState.ContainsKey(c.Path), state.ContainsKey(c.Path)), (c.Change != "Added", c.Change != "Removed")));
                changed += changes.Count;
            }

            (last, lastState) = (id, state);
        }

        Assert.True(changed > 40, $"{changed} changes (seed {Seed})");
    }

    [Fact]
    public async Task Folders_of_many_pages_are_compared_by_the_pages_that_differ()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string before = await CraftedSnapshot.WriteAsync(bench, static c => Many(c, 40_000, changed: [3, 39_998], missing: 20_000));
        string after = await CraftedSnapshot.WriteAsync(bench, static c => Many(c, 40_000, changed: [30_000], missing: 25_000));
        List<BackupItemChange> changes = await CompareAsync(bench, before, after);
        Assert.Equal(["Modified /crafted/f000003", "Added /crafted/f020000", "Removed /crafted/f025000", "Modified /crafted/f030000", "Modified /crafted/f039998"], changes.Select(static c => $"{c.Change} {c.Path}"));
    }

    [Fact]
    public async Task A_folder_that_only_leads_to_sources_is_no_item()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/b/one", "1");
        bench.Write("a/c/two", "2");
        string narrow = await SaveAsync(["a/b"]), wide = await SaveAsync(["a"]);
        Assert.Equal(["Added a", "Added a/c", "Added a/c/two"], Lines(bench, await CompareAsync(bench, narrow, wide)));
        Assert.Equal(["Removed a", "Removed a/c", "Removed a/c/two"], Lines(bench, await CompareAsync(bench, wide, narrow)));

        async Task<string> SaveAsync(string[] sources) =>
            (await bench.Engine.BackupAsync(new BackupRequest { Source = [.. sources.Select(s => Path.Join(bench.Source, s))], Repository = bench.Vault, Type = "Full" }, bench.Callbacks, default)).SnapshotId;
    }

    [Fact]
    public async Task Damage_is_told_and_the_rest_is_compared_but_a_snapshot_that_is_gone_ends_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string hurt = await CraftedSnapshot.WriteAsync(bench, static c => [new TreeEntry { Name = "z"u8.ToArray(), Kind = ItemKind.Directory, Mode = 0x1ED, Subtree = Many(c, 3000, [], -1)[0].Subtree }]);
        string[] packs = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories);
        string before = await CraftedSnapshot.WriteAsync(bench, static c => [c.File("a", "1"), new TreeEntry { Name = "y"u8.ToArray(), Kind = ItemKind.Directory, Mode = 0x1ED, Subtree = Many(c, 3000, [], -1)[0].Subtree }, c.File("z", "1")]);
        string after = await CraftedSnapshot.WriteAsync(bench, static c => [c.File("a", "2"), c.Folder("y"), c.File("z", "2")]);
        foreach (string pack in packs) File.Delete(pack);
        Assert.Equal(["/a", "/z"], (await CompareAsync(bench, before, after)).Select(static c => c.Path));
        Assert.Equal("/y", Assert.Single(bench.Faults).Path);

        bench.ForgetFaults();
        var seen = new List<string>();
        BackupException gone = await Assert.ThrowsAsync<BackupException>(async () =>
        {
            await foreach (BackupItemChange change in bench.Engine.CompareAsync(new CompareQuery { Repository = bench.Vault, ReferenceId = before, DifferenceId = after }, bench.Callbacks, default))
            {
                seen.Add(change.Path);
                await bench.Engine.RemoveSnapshotAsync(bench.Vault, before, null, default);
            }
        });
        Assert.Equal(("SnapshotRemoved", before), (gone.Error.Id, gone.Target));
        Assert.Equal(["/a"], seen);
        Assert.NotEqual(hurt, before);
    }

    // A folder of so many files, of which some have other content and one is not there.
    private static TreeEntry[] Many(CraftedSnapshot crafted, int count, int[] changed, int missing)
    {
        TreeEntry same = crafted.File("same", "same"), other = crafted.File("other", "other");
        IEnumerable<TreeEntry> files = Enumerable.Range(0, count).Where(i => i != missing).Select(i => (Number: i, Like: changed.Contains(i) ? other : same))
            .Select(static f => new TreeEntry { Name = PathText.ToBytes($"f{f.Number:d6}"), Kind = ItemKind.File, Mode = 0x1A4, Size = f.Like.Size, Content = f.Like.Content });
        return [crafted.Folder("crafted", [.. files])];
    }

    private sealed class Recorder(Action<OperationProgress> take) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => take(value);
    }
}
