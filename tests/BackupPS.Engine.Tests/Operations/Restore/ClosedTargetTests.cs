using BackupPS.Engine.Tests.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>
/// Targets whose own modes keep their owner out: who may change the modes may restore, and finds the modes as they belong afterwards. Restores in place are not here
/// yet: some of their steps still meet a closed folder.
/// </summary>
public sealed class ClosedTargetTests
{
    // Of a folder: no writing, no passing, no listing, nothing. The snapshot has 550 for all.
    private const string Modes = "555 500 444 600 111 311 000";

    public static TheoryData<string> Ways => [.. Options.Keys];

    private static Dictionary<string, string[]> Options => new(StringComparer.Ordinal)
    {
        ["Never"] = ["overwrite=Never"],
        ["IfNewer"] = ["overwrite=IfNewer"],
        ["IfChanged"] = ["overwrite=IfChanged"],
        ["Always"] = ["overwrite=Always"],
    };

    private static async Task<(TestBench Bench, string SnapshotId)> CreateAsync()
    {
        Assert.True(OperationsChild.IsRoot, "This test runs as root, which gives the files away.");
        TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync(
            $$"""
            for m in {{Modes}}; do
                mkdir -p d$m/sub; for d in d$m d$m/sub; do for f in missing changed same unreadable; do printf "$d/$f" > $d/$f; done; done
                mkdir d$m/gone; printf gone > d$m/gone/inner; setfattr -n user.note -v note d$m/changed d$m/sub; touch -d '2001-02-03 UTC' d$m/*/* d$m/*
                chmod 444 d$m/missing d$m/changed d$m/same; chmod 0 d$m/unreadable; chmod 550 d$m/sub d$m/gone d$m
            done
            """,
            bench.Source);
        await Shell.RunAsync($"chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} source", bench.Folder);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync(
            $$"""
            for m in {{Modes}}; do
                rm -r d$m/missing d$m/sub/missing d$m/gone; printf other! > d$m/changed; touch -d '2000-01-01 UTC' d$m/changed; setfattr -x user.note d$m/sub
                mkdir d$m/extra; touch d$m/extra/inner; touch d$m/sub/extra; chown -R {{OperationsChild.Nobody}}:{{OperationsChild.Nobody}} d$m/extra d$m/sub/extra; chmod $m d$m/extra d$m/sub d$m
            done
            """,
            bench.Restored("out"));
        await LimitedProcessTests.GiveToNobodyAsync(bench, $"chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} out");
        return (bench, id);
    }

    [ToolTheory("setfattr")]
    [MemberData(nameof(Ways))]
    public async Task Each_mode_of_restore_comes_through_and_leaves_the_modes_as_they_belong(string way)
    {
        (TestBench bench, string id) = await CreateAsync();
        await using TestBench owned = bench;
        await RestoreAsync(bench, id, way);
        await AssertRestoredAsync(bench, way);
    }

    // After how many changes the process dies: before and after folders are opened, and while they are closed.
    [ToolTheory("setfattr")]
    [InlineData("Never")]
    [InlineData("Always")]
    public async Task What_a_restore_that_died_has_left_open_is_closed_by_the_next(string way)
    {
        foreach (int moment in new[] { 4, 90 })
        {
            (TestBench bench, string id) = await CreateAsync();
            await using TestBench owned = bench;
            await RestoreAsync(bench, id, way, $"die={moment}");
            await RestoreAsync(bench, id, way);
            await AssertRestoredAsync(bench, way);
        }
    }

    [Theory]
    [InlineData("Never")]
    public async Task The_destination_itself_may_be_closed(string way)
    {
        Assert.True(OperationsChild.IsRoot, "This test runs as root, which gives the files away.");
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("folder/file", "content");
        await Shell.RunAsync($"chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} source", bench.Folder);
        string id = (await bench.BackupAsync()).SnapshotId;
        await LimitedProcessTests.GiveToNobodyAsync(bench, $"mkdir out; chown {OperationsChild.Nobody}:{OperationsChild.Nobody} out; chmod 555 out");
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, ["restore", $"as={OperationsChild.Nobody}", $"snapshot={id}", .. Options[way]]);
        Assert.DoesNotContain(said, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
        Assert.Equal("content", TestBench.Read(bench.Restored("out", "folder/file")));
        Assert.Equal("555", (await Shell.RunAsync("stat -c %a out", bench.Folder)).Trim());
        AssertNoRecord(bench);
    }

    private static async Task RestoreAsync(TestBench bench, string id, string way, params string[] more)
    {
        (int code, string output, string error) = await ChildProcess.RunAsync(ChildProcess.CommandLine([OperationsChild.Task, bench.Folder, "restore", $"as={OperationsChild.Nobody}", $"snapshot={id}", .. Options[way], .. more]));
        if (more.Length > 0) return;
        Assert.True(code == 0, error);
        Assert.DoesNotContain("\nfault", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nerror", output, StringComparison.Ordinal);
        Assert.Contains(way.EndsWith("Never", StringComparison.Ordinal) ? "\nresult Incomplete" : "\nresult Complete", output, StringComparison.Ordinal);
    }

    private static async Task AssertRestoredAsync(TestBench bench, string way)
    {
        bool never = way.EndsWith("Never", StringComparison.Ordinal);
        const string List = "find . -mindepth 1 ! -path '*/extra*' ! -name '.backupps-*' -printf '%p %m %y ' \\( -type f -exec cat {} \\; , -printf '\\n' \\) | sort";
        string expected = await Shell.RunAsync(List, bench.Source);
        if (never)
        {
            foreach (string mode in Modes.Split(' '))
            {
                string own = Convert.ToString(Convert.ToInt32(mode, 8), 8);
                expected = expected.Replace($"./d{mode} 550 ", $"./d{mode} {own} ", StringComparison.Ordinal).Replace($"./d{mode}/sub 550 ", $"./d{mode}/sub {own} ", StringComparison.Ordinal);
                expected = expected.Replace($"./d{mode}/changed 444 f d{mode}/changed", $"./d{mode}/changed 444 f other!", StringComparison.Ordinal);
            }

            expected = string.Join('\n', expected.Split('\n').Order(StringComparer.Ordinal));
        }

        string there = await Shell.RunAsync(List, bench.Restored("out"));
        Assert.Equal(expected.Trim().Split('\n').Order(StringComparer.Ordinal), there.Trim().Split('\n').Order(StringComparer.Ordinal));
        Assert.Equal(Modes.Split(' ').Length * 3, (await Shell.RunAsync("find . -path '*/extra*'", bench.Restored("out"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        if (!never) Assert.Equal(await Shell.RunAsync("find . | sort | xargs getfattr -m user -d", bench.Source), await Shell.RunAsync("find . | sort | xargs getfattr -m user -d", bench.Restored("out")));
        AssertNoRecord(bench);
    }

    private static void AssertNoRecord(TestBench bench)
    {
        string records = bench["home/opened"];
        Assert.Empty(Directory.Exists(records) ? Directory.GetFiles(records) : []);
    }
}
