using BackupPS.Engine.Tests.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Trees far deeper than a process may have handles: nothing in them is lost, nor anything beside them.</summary>
public sealed class DeepTreeTests
{
    private const int Depth = 1200;

    // Without the deep tree, an operation of a test's process has some 200 open.
    private const string Limit = "files=300";

    public static TheoryData<string> Ways => ["", "inplace=yes", "inplace=yes extra=stays", "inplace=yes atonce=yes"];

    // Makes a tree, and runs something for each tenth level, $p.
    private static string Down(string folder, string each) =>
        $"mkdir -p {folder}$(printf '/e%.0s' {{1..{Depth}}}); p={folder}; for n in {{0..{Depth}}}; do if [ $((n % 10)) = 0 ]; then {each}; fi; p=$p/e; done; ";

    private static async Task<(TestBench Bench, string SnapshotId)> CreateAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir aa mm zz; for i in {1..60}; do printf $i > aa/$i; printf $i > zz/$i; done; " + Down("mm", "printf $n > $p/f; ln $p/f $p/g; chmod 750 $p"), bench.Source);
        return (bench, (await bench.BackupAsync()).SnapshotId);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_tree_deeper_than_the_limit_of_handles_is_restored_to_where_it_is(string way)
    {
        (TestBench bench, string id) = await CreateAsync();
        await using TestBench owned = bench;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("rm zz/*; printf x > aa/1; " + Down("mm", "rm $p/f; printf x > $p/extra; mkdir $p/other; chmod 700 $p") + "mkdir mm/x; " + Down("mm/x", "printf x > $p/f"), bench.Restored("out"));
        string[] options = [$"snapshot={id}", Limit, "overwrite=Always", .. way.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        IReadOnlyList<string> plan = await OperationsChild.RunAsync(bench, ["restore", "plan=yes", .. options]);
        Assert.DoesNotContain(plan, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, ["restore", .. options]);
        Assert.DoesNotContain(said, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
        Assert.Equal("Complete", LimitedProcessTests.Result(said)[1]);
        bool deletes = way.Contains("inplace", StringComparison.Ordinal) && !way.Contains("stays", StringComparison.Ordinal);
        Assert.Equal(await LookAsync(bench.Source, keeps: true), await LookAsync(bench.Restored("out"), keeps: deletes));
        if (!deletes) Assert.Equal(Depth, (await Shell.RunAsync("find mm/x -name e -printf .", bench.Restored("out"))).Length);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_tree_deeper_than_the_limit_of_handles_is_made_anew(string way)
    {
        (TestBench bench, string id) = await CreateAsync();
        await using TestBench owned = bench;
        await Shell.RunAsync("mkdir out", bench.Folder);
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, ["restore", $"snapshot={id}", Limit, .. way.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.DoesNotContain(said, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
        Assert.Equal("Complete", LimitedProcessTests.Result(said)[1]);
        Assert.Equal(await LookAsync(bench.Source, keeps: true), await LookAsync(bench.Restored("out"), keeps: true));
    }

    // Each item by its level and name, since paths would be longer than any tool takes. Links of folders count what is extra.
    private static Task<string> LookAsync(string folder, bool keeps) =>
        Shell.RunAsync(
            $"find . {(keeps ? "" : "-path ./mm/x -prune -o ! -name extra ! -name other ")}-printf '%d %f %y %m %T@ ' \\( -type f -printf '%n' -execdir cat {{}} \\; , -printf '\\n' \\) | sort",
            folder);
}
