using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Compare;

/// <summary>Comparing a snapshot with what is on this host now.</summary>
public sealed class LiveCompareTests
{
    private static async Task<List<BackupItemChange>> CompareAsync(TestBench bench, string id, bool content = false, Func<CompareQuery, CompareQuery>? change = null)
    {
        var query = new CompareQuery { Repository = bench.Vault, ReferenceId = id, Content = content };
        var changes = new List<BackupItemChange>();
        await foreach (BackupItemChange one in bench.Engine.CompareAsync(change?.Invoke(query) ?? query, bench.Callbacks, default)) changes.Add(one);
        return changes;
    }

    private static async Task<string[]> LinesAsync(TestBench bench, string id, bool content = false, Func<CompareQuery, CompareQuery>? change = null) =>
        [.. (await CompareAsync(bench, id, content, change)).Select(c => $"{c.Change} {(c.Path == bench.Source ? "." : PathText.ToDisplay(c.Path[(bench.Source.Length + 1)..]))}{(c.Differs.Length > 0 ? ": " + string.Join(' ', c.Differs) : "")}")];

    [TreeFact]
    public async Task Nothing_differs_right_after_a_backup_of_every_kind_of_item()
    {
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        await EveryKind.MakeAsync(bench.Source);
        BackupResult result = await bench.BackupAsync();
        Assert.Equal("Complete", result.Status);
        Assert.Empty(await LinesAsync(bench, result.SnapshotId));
        Assert.Empty(await LinesAsync(bench, result.SnapshotId, content: true));
        Assert.Empty(bench.Faults);
        Assert.Empty(bench.Warnings);
    }

    [TreeFact]
    public async Task A_restored_copy_of_every_kind_of_item_differs_in_nothing()
    {
        // New inodes and change times, and attributes that are therefore compared.
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        await EveryKind.MakeAsync(bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +", bench.Source);
        Assert.Equal("Complete", (await bench.RestoreAsync(id, ".", r => r with { Destination = "/", Overwrite = "Always" })).Status);
        Assert.Empty(await LinesAsync(bench, id, content: true));
        Assert.Empty(bench.Faults);
    }

    [Fact]
    public async Task Every_kind_of_change_is_told_with_what_differs()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("umask 022; mkdir d gone; printf one > content; printf same > touched; printf mode > mode; printf x > gone/x; ln -s a link; printf f > to-folder; mkdir to-file; printf i > to-file/i; printf b > $'b\\xff'; touch -h -d '2020-01-01 UTC' *", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf three > content; touch -d '2021-01-01 UTC' touched; chmod 600 mode; rm -r gone; ln -sfn bb link; touch -h -d '2020-01-01 UTC' link; rm to-folder; mkdir to-folder; printf i > to-folder/i; rm -r to-file; printf f > to-file; printf bb > $'b\\xff'; mkdir new; printf n > new/n; chmod 700 d; ln mode hard", bench.Source);
        bench.Hooks.Clear();
        string[] expected =
        [
            @"Modified b\xff: Size Modified",
            "Modified content: Size Modified",
            "MetadataChanged d: Mode",
            "Removed gone",
            "Removed gone/x",
            "Added hard",
            "Modified link: LinkTarget",
            "MetadataChanged mode: Mode",
            "Added new",
            "Added new/n",
            "TypeChanged to-file: Type",
            "Removed to-file/i",
            "TypeChanged to-folder: Type",
            "Added to-folder/i",
            "Modified touched: Modified",
        ];
        Assert.Equal(expected, await LinesAsync(bench, id));
        Assert.Empty(bench.Hooks.Opened);
        List<BackupItemChange> changes = await CompareAsync(bench, id);
        Assert.All(changes, c => Assert.Equal((id, id, "", "vault"), (c.SnapshotId, c.ReferenceId, c.DifferenceId, c.Repository)));
        Assert.Equal((3L, 5L), (changes[1].SizeBefore, changes[1].Size));
        Assert.Equal("bb", changes[6].LinkTarget);

        // Whoever looks into the file knows better.
        expected[^1] = "MetadataChanged touched: Modified";
        Assert.Equal(expected, await LinesAsync(bench, id, content: true));
    }

    [Fact]
    public async Task Content_finds_a_file_whose_times_were_put_back()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 3000000 /dev/urandom > large; truncate -s 5M holes; printf data | dd of=holes bs=1 seek=2000000 conv=notrunc status=none; printf same > same; touch -d '2020-01-01 UTC' *", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf x | dd of=large bs=1 seek=2500000 conv=notrunc status=none; printf x | dd of=holes bs=1 seek=4000000 conv=notrunc status=none; touch -d '2020-01-01 UTC' *", bench.Source);
        Assert.Empty(await LinesAsync(bench, id));
        Assert.Equal(["Modified holes: Content", "Modified large: Content"], await LinesAsync(bench, id, content: true));
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_looked_at()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir -p a/deep b; printf 1 > a/deep/x; printf 1 > b/x", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf 22 > a/deep/x; printf 22 > b/x; printf 1 > b/new.conf", bench.Source);
        bench.Hooks.ReadNames = path =>
        {
            if (path.EndsWith("/a/deep", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        Assert.Equal(["Added b/new.conf", "Modified b/x: Size Modified"], await LinesAsync(bench, id, change: q => q with { LiteralPath = [Path.Join(bench.Source, "b")] }));
        Assert.Equal(["Added b/new.conf"], await LinesAsync(bench, id, change: q => q with { Path = [bench.Source + "/b/*.conf"] }));
        Assert.Empty(bench.Faults);
        await LinesAsync(bench, id, change: q => q with { LiteralPath = ["/nowhere"] });
        Assert.Equal(("ItemNotFound", "/nowhere"), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);
    }

    [Fact]
    public async Task What_cannot_be_read_is_told_and_is_not_said_to_be_gone()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir closed; printf 1 > closed/x; printf 1 > unreadable; printf 1 > lost; touch -d '2020-01-01 UTC' *; printf 1 > z", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf 22 > z", bench.Source);
        bench.Hooks.ReadNames = path =>
        {
            if (path.EndsWith("/closed", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        bench.Hooks.OpenFile = path =>
        {
            if (path.EndsWith("/unreadable", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        bench.Hooks.GetInfo = path =>
        {
            if (path.EndsWith("/lost", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        Assert.Equal(["Modified z: Size Modified"], await LinesAsync(bench, id, content: true));
        Assert.Equal(["AccessDenied closed", "ReadFailed lost", "AccessDenied unreadable"], bench.Faults.Select(f => $"{f.Error.Id} {Path.GetRelativePath(bench.Source, f.Path)}").Order(StringComparer.Ordinal).OrderBy(static f => f[f.IndexOf(' ', StringComparison.Ordinal)..], StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_the_policy_leaves_out_is_not_said_to_be_new()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir cache; printf 1 > cache/old; printf 1 > a.tmp; printf 1 > b", bench.Source);
        await bench.AddPolicyAsync();
        string id = (await bench.RunPolicyAsync()).SnapshotId;
        BackupPolicy policy = Assert.Single(await bench.Engine.GetPoliciesAsync(default));
        policy = new BackupPolicy { PolicyName = policy.PolicyName, Source = policy.Source, Repository = policy.Repository, RepositoryId = policy.RepositoryId, Verify = policy.Verify, Exclude = ["*.tmp", bench.Source + "/cache"] };
        await bench.Engine.UpdatePolicyAsync(policy, default);
        await Shell.RunAsync("printf 1 > c.tmp; printf 1 > cache/new; printf 1 > d; mkdir -p other/x.tmp; printf 22 > a.tmp; rm cache/old", bench.Source);
        Assert.Equal(["Modified a.tmp: Size Modified", "Removed cache/old", "Added d", "Added other"], await LinesAsync(bench, id));
    }

    [Fact]
    public async Task Sources_that_are_files_or_are_gone_and_folders_that_lead_to_them_are_compared_too()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir -p lead/folder gone; printf 1 > lead/file; printf 1 > lead/beside; ln -s a lead/link; printf 1 > gone/x", bench.Source);
        string id = (await bench.Engine.BackupAsync(new BackupRequest { Source = [.. new[] { "lead/file", "lead/folder", "lead/link", "gone" }.Select(s => Path.Join(bench.Source, s))], Repository = bench.Vault }, bench.Callbacks, default)).SnapshotId;
        Assert.Empty(await LinesAsync(bench, id, content: true));
        await Shell.RunAsync("printf 2 > lead/file; printf 2 > lead/beside; printf 1 > lead/new; ln -sfn b lead/link; printf 1 > lead/folder/x; rm -r gone", bench.Source);
        Assert.Equal(["Removed gone", "Removed gone/x", "Modified lead/file: Content Modified", "Added lead/folder/x", "Modified lead/link: LinkTarget Modified"], await LinesAsync(bench, id, content: true));
    }

    [Fact]
    public async Task A_folder_far_deeper_than_a_process_has_handles_is_compared()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        const int depth = 1500;
        string deep = string.Concat(Enumerable.Repeat("d/", depth));
        await Shell.RunAsync($"mkdir -p {deep}; printf 1 > {deep}x", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        Assert.Empty(await LinesAsync(bench, id));
        int most = 0;
        bench.Hooks.ReadNames = _ => most = Math.Max(most, OpenDescriptors.Below(bench.Source).Count);
        await Shell.RunAsync($"printf 22 > {deep}x", bench.Source);
        Assert.Equal("Modified", Assert.Single(await CompareAsync(bench, id)).Change);
        Assert.InRange(most, 1, 200);
        Assert.Empty(OpenDescriptors.Below(bench.Source));
    }

    [Fact]
    public async Task A_snapshot_that_is_incomplete_or_of_another_host_is_warned_of()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        bench.Write("g", "x");
        bench.Hooks.OpenFile = path =>
        {
            if (path.EndsWith("/f", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        string id = (await bench.BackupAsync(engine: bench.CreateEngine("other-home"))).SnapshotId;
        bench.Hooks.OpenFile = null;
        bench.ForgetFaults();
        Assert.Equal(["Added f"], await LinesAsync(bench, id));
        Assert.Equal(2, bench.Warnings.Count);
        Assert.Contains("Incomplete", bench.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("another installation", bench.Warnings[1], StringComparison.Ordinal);
    }
}
