using BackupPS.Engine.Tests.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>A restore by an account that is not root.</summary>
public sealed class UnprivilegedRestoreTests
{
    [Fact]
    public async Task Without_root_owners_stay_setuid_is_dropped_and_devices_are_faults()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, static c =>
        [
            CraftedSnapshot.Device("device", 1, 3),
            c.Folder("folder", c.File("setgid", "x", mode: 0x5ED, owner: 12345)),
            c.File("plain", "plain", mode: 0x1A4, owner: 12345),
            c.File("setuid", "program", mode: 0x9ED, owner: 12345),
        ]);
        await LimitedProcessTests.GiveToNobodyAsync(bench);
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, "restore", $"as={OperationsChild.Nobody}", $"snapshot={id}");
        Assert.Equal(["result", "Incomplete", "3"], LimitedProcessTests.Result(said));
        Assert.Equal("fault WriteFailed /device", said.Single(static l => l.StartsWith("fault", StringComparison.Ordinal)));
        Assert.Contains(said, static l => l.StartsWith("warning", StringComparison.Ordinal) && l.Contains("only root can give them", StringComparison.Ordinal));
        Assert.Equal("folder 755\nfolder/setgid 755\nplain 644\nsetuid 755\n", await Shell.RunAsync("find . -mindepth 1 -printf '%P %m\\n' | sort", bench["out"]));
        Assert.DoesNotContain("12345", await Shell.RunAsync("find . -printf '%U %G\\n'", bench["out"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_destination_that_may_not_be_written_to_is_an_error_of_its_own()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupResult backup = await bench.BackupAsync();
        await LimitedProcessTests.GiveToNobodyAsync(bench, "mkdir wall; chmod 555 wall");
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, "restore", $"as={OperationsChild.Nobody}", $"snapshot={backup.SnapshotId}", "to=wall/out");
        Assert.Contains(said, static l => l.StartsWith("error DestinationUnusable", StringComparison.Ordinal));
    }
}
