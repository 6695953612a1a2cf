namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>A folder that only leads to a source is a link, as it was when the source was saved, or has become one since.</summary>
public sealed class LeadingLinkTests
{
    public enum Mode { Plain, InPlace, AtOnce }

    public static TheoryData<Mode, bool, bool> Ways()
    {
        var ways = new TheoryData<Mode, bool, bool>();
        foreach (Mode mode in Enum.GetValues<Mode>())
        {
            foreach (bool before in new[] { true, false })
            {
                foreach (bool absolute in new[] { true, false }) ways.Add(mode, before, absolute);
            }
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_lies_behind_it_comes_back_there_and_the_link_stays(Mode mode, bool linkedBefore, bool absolute)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("moved/app/data/file", "one");
        bench.Write("moved/app/gone", "one");
        bench.Write("moved/beside", "keep");
        string link = bench.Source + "/way";
        string real = bench.Source + "/moved";
        string linkTo = $"ln -s {(absolute ? real : "moved")} way";
        if (linkedBefore) await Shell.RunAsync(linkTo, bench.Source);
        else await Shell.RunAsync("mv moved way", bench.Source);
        BackupResult saved = await bench.Engine.BackupAsync(new BackupRequest { Source = [link + "/app"], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(("Complete", 2), (saved.Status, saved.FilesNew));
        if (!linkedBefore) await Shell.RunAsync("mv way moved; " + linkTo, bench.Source);
        await Shell.RunAsync("printf two > moved/app/data/file; rm moved/app/gone; printf extra > moved/app/extra", bench.Source);

        // The destination stands for the root of all paths.
        string target = bench.Restored("out").TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Directory.Move(bench.Source, target);
        RestoreRequest request = RequestOf(bench, saved.SnapshotId, mode, bench["out"]);
        RestorePlan plan = await bench.Engine.PlanRestoreAsync(request, bench.Callbacks, default);
        Assert.Equal(2, plan.FilesToRestore);
        RestoreResult restored = await bench.Engine.RestoreAsync(request, bench.Callbacks, default);
        Assert.Empty(bench.Faults);
        Assert.Equal(("Complete", 2), (restored.Status, restored.FilesRestored));
        Assert.Equal(absolute ? real : "moved", new FileInfo(target + "/way").LinkTarget);
        Assert.Equal(["one", "one", "keep"], new[] { "moved/app/data/file", "moved/app/gone", "moved/beside" }.Select(n => TestBench.Read(Path.Join(target, n))));
        Assert.Equal(mode == Mode.Plain, File.Exists(target + "/moved/app/extra"));
        Assert.False(Directory.Exists(bench.Source));
        Assert.Equal("", await Shell.RunAsync("find . -name '.backupps*'", bench["out"]));
    }

    [Theory]
    [InlineData(Mode.Plain)]
    [InlineData(Mode.InPlace)]
    public async Task It_does_not_lead_out_of_a_destination(Mode mode)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("way/app/file", "one");
        BackupResult saved = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source + "/way/app"], Repository = bench.Vault }, bench.Callbacks, default);

        // As in a system's image: the same link means the folder in the image, and never that of this host.
        string inside = bench.Restored("out", "real");
        Directory.CreateDirectory(inside);
        Directory.CreateDirectory(bench.Source + "/real");
        await Shell.RunAsync($"ln -s '{bench.Source}/real' way", bench.Restored("out"));
        RestoreResult restored = await bench.Engine.RestoreAsync(RequestOf(bench, saved.SnapshotId, mode, bench["out"]), bench.Callbacks, default);
        Assert.Equal("Complete", restored.Status);
        Assert.Equal("one", TestBench.Read(inside + "/app/file"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.Source + "/real"));
    }

    [Theory]
    [InlineData("ln -s nowhere way")]
    [InlineData("ln -s way way")]
    [InlineData("printf x > file; ln -s file way")]
    [InlineData("ln -s / way")]
    [InlineData("printf x > way")]
    [InlineData("mkdir real; ln -s real way; chown -h 65534 way")]
    public async Task What_leads_nowhere_or_was_made_by_another_account_is_a_conflict(string script)
    {
        if (script.Contains("chown", StringComparison.Ordinal) && !OperationsChild.IsRoot) return;
        foreach (Mode mode in new[] { Mode.Plain, Mode.InPlace })
        {
            await using TestBench bench = await TestBench.CreateAsync();
            bench.Write("way/app/file", "one");
            BackupResult saved = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source + "/way/app"], Repository = bench.Vault }, bench.Callbacks, default);
            Directory.CreateDirectory(bench.Restored("out"));
            await Shell.RunAsync(script, bench.Restored("out"));
            RestoreResult restored = await bench.Engine.RestoreAsync(RequestOf(bench, saved.SnapshotId, mode, bench["out"]), bench.Callbacks, default);
            Assert.Equal(("Incomplete", 0), (restored.Status, restored.FilesRestored));
            Assert.Contains(bench.Faults, static f => f.Error == BackupError.TargetConflict);
        }
    }

    [Fact]
    public async Task A_backup_says_which_links_it_has_followed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("moved/app/file", "one");
        await Shell.RunAsync("ln -s moved way", bench.Source);
        var said = new List<string>();
        await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source + "/way/app"], Repository = bench.Vault }, bench.Callbacks with { OnMessage = said.Add }, default);
        Assert.Contains(said, m => m.Contains($"'{bench.Source}/way' is a link", StringComparison.Ordinal));
    }

    private static RestoreRequest RequestOf(TestBench bench, string snapshotId, Mode mode, string destination) => new()
    {
        Repository = bench.Vault, SnapshotId = snapshotId, Destination = destination, Overwrite = "Always", InPlace = mode != Mode.Plain, DeleteExtra = mode != Mode.Plain, NoRollback = mode == Mode.AtOnce,
    };
}
