using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Files of several names: whichever of them are restored, they are one file again.</summary>
public sealed class HardLinkTests
{
    private static async Task<(TestBench Bench, string SnapshotId)> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir one two; printf linked > one/a; ln one/a one/b; ln one/a two/c; ln one/a two/d", bench.Source);
        return (bench, (await bench.BackupAsync()).SnapshotId);
    }

    private static Task<string> GroupsAsync(TestBench bench, string destination) => Shell.RunAsync("find . -type f -printf '%i %p\\n' | sort | awk '{ if ($1 != i) printf \"%s\", (NR > 1 ? \"|\" : \"\"); else printf \" \"; i = $1; printf \"%s\", $2 }'", bench.Restored(destination));

    [Theory]
    [InlineData(new[] { "two" }, "./two/c ./two/d")]
    [InlineData(new[] { "two/d", "one/b" }, "./one/b ./two/d")]
    [InlineData(new[] { "two/c" }, "./two/c")]
    public async Task Names_that_are_chosen_are_linked_among_themselves(string[] names, string expected)
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { LiteralPath = [.. names.Select(n => $"{bench.Source}/{n}")], Verify = true });
        Assert.Equal(expected, await GroupsAsync(bench, "out"));
        Assert.Equal("linked".Length, result.BytesRestored);
    }

    [Fact]
    public async Task A_first_name_that_is_skipped_is_left_alone_and_the_others_are_one_file()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        Directory.CreateDirectory(bench.Restored("out", "one"));
        await File.WriteAllTextAsync(bench.Restored("out", "one/a"), "mine");
        RestoreResult result = await bench.RestoreAsync(id, "out");
        Assert.Equal((3, 1), (result.FilesRestored, result.FilesSkipped));
        Assert.Equal("mine", TestBench.Read(bench.Restored("out", "one/a")));
        Assert.Equal(["./one/a", "./one/b ./two/c ./two/d"], (await GroupsAsync(bench, "out")).Split('|').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_first_name_that_fails_is_a_fault_and_the_next_one_takes_its_place()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.Rename = static path =>
        {
            if (path.EndsWith("/one/a", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out");
        Assert.Equal((3, 1), (result.FilesRestored, result.FaultCount));
        Assert.Equal("./one/b ./two/c ./two/d", await GroupsAsync(bench, "out"));
    }

    [Theory]
    [InlineData("NotSupported")]
    [InlineData("Denied")]
    public async Task Where_links_cannot_be_made_the_names_become_copies(string failure)
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.CreateHardLink = folder =>
        {
            if (folder.EndsWith("/two", StringComparison.Ordinal)) throw FileSystemHooks.Fail(Enum.Parse<PlatformFailure>(failure));
        };
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal(("Complete", 4), (result.Status, result.FilesRestored));
        Assert.Equal(["./one/a ./one/b", "./two/c", "./two/d"], (await GroupsAsync(bench, "out")).Split('|').Order(StringComparer.Ordinal));
        Assert.Equal("linked", TestBench.Read(bench.Restored("out", "two/d")));
    }

    [Fact]
    public async Task Names_are_replaced_by_links_to_the_restored_file()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("rm two/c; printf other > two/c; printf changed > one/a", bench.Restored("out"));
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Overwrite = "Always", Verify = true });
        Assert.Equal("Complete", result.Status);
        Assert.Equal("./one/a ./one/b ./two/c ./two/d", await GroupsAsync(bench, "out"));
        Assert.Equal("linked", TestBench.Read(bench.Restored("out", "two/c")));
    }

    [Fact]
    public async Task Many_names_restored_by_many_threads_are_each_restored_once()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 8);
        await Shell.RunAsync("for g in {1..40}; do mkdir g$g; printf \"group $g\" > g$g/n0; for n in {1..24}; do ln g$g/n0 g$g/n$n; done; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        for (int i = 0; i < 10; i++)
        {
            RestoreResult result = await bench.RestoreAsync(id, $"out{i}");
            Assert.Equal((1000, 0), (result.FilesRestored, result.FaultCount));
            Assert.Equal("40\n", await Shell.RunAsync("find . -type f -printf '%i\\n' | sort -u | wc -l", bench.Restored($"out{i}")));
        }
    }
}
