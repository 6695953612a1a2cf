using System.Diagnostics;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A process that is killed in the middle of a backup.</summary>
public sealed class KilledBackupTests
{
    private const int Kills = 20;
    private const int Seed = 4711;

    [Fact]
    public async Task Killed_at_twenty_random_moments_a_backup_hurts_nothing_and_the_next_run_reuses_what_was_stored()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 20; i++) bench.Write($"old/f{i}", $"content {i}");
        BackupResult older = await bench.BackupAsync();
        await Shell.RunAsync("cp -a source older; cp -a vault clean; cd source; for i in {1..12}; do head -c 8000000 /dev/urandom > big$i; done; for i in {1..300}; do echo $i > small$i; done", bench.Folder);

        // How long one takes that nobody kills, with an index after each pack.
        var watch = new Stopwatch();
        using (Process whole = Start(bench))
        {
            await WaitForBeginningAsync(whole);
            watch.Start();
            await whole.WaitForExitAsync();
        }

        double duration = watch.Elapsed.TotalMilliseconds;
        long everything = (await Shell.RunAsync("find vault/packs -type f -printf '%s\\n'", bench.Folder)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(static l => long.Parse(l, null));
        var random = new Random(Seed);
        int killed = 0, reused = 0;
        for (int i = 0; i < Kills; i++)
        {
            await Shell.RunAsync("rm -rf vault; cp -a clean vault", bench.Folder);
            double moment = random.NextDouble() * duration;
            bool ended;
            using (Process child = Start(bench))
            {
                await WaitForBeginningAsync(child);
                await Task.Delay(TimeSpan.FromMilliseconds(moment));
                ended = child.HasExited;
                child.Kill();
                await child.WaitForExitAsync();
            }

            string what = $"kill {i} after {moment:f0} of {duration:f0} ms (seed {Seed})";
            killed += ended ? 0 : 1;
            IReadOnlyList<BackupSnapshot> visible = await bench.ListSnapshotsAsync();
            Assert.InRange(visible.Count, 1, 2);
            Assert.True(await VerifyAsync(bench, "Structure", i) == "Passed", what);
            await AssertRestoresAsync(bench, older.SnapshotId, bench["older"], what);
            int indexed = Directory.GetFiles(bench.Vault + "/index").Length;
            BackupResult next = await bench.BackupAsync();
            Assert.True(next.Status == "Complete", what);
            if (indexed > 1 && visible.Count == 1)
            {
                reused++;
                Assert.True(next.BytesStored < everything - (20 << 20), $"{next.BytesStored} of {everything} bytes were stored again: {what}");
            }

            if (i % 4 != 0) continue;
            Assert.True(await VerifyAsync(bench, "Data", i) == "Passed", what);
            await AssertRestoresAsync(bench, next.SnapshotId, bench.Source, what);
        }

        Assert.InRange(killed, Kills / 2, Kills);
        Assert.InRange(reused, 1, Kills);
    }

    // By another host each time: this one has seen the snapshots of earlier rounds, and misses them.
    private static async Task<string> VerifyAsync(TestBench bench, string level, int round) =>
        (await bench.CreateEngine($"home-of-{round}").VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = level }, RunCallbacks.None, default)).Status;

    private static Process Start(TestBench bench) => ChildProcess.Start(ChildProcess.CommandLine(OperationsChild.Task, bench.Folder, "backup", "speed=100000"));

    private static async Task WaitForBeginningAsync(Process child)
    {
        Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());
        child.StandardOutput.Close();
    }

    private static async Task AssertRestoresAsync(TestBench bench, string snapshotId, string expected, string what)
    {
        RestoreResult result = await bench.RestoreAsync(snapshotId, "out", r => r with { Verify = true });
        Assert.True(result.Status == "Complete", what);
        Assert.Equal("", await Shell.RunAsync($"diff -r '{expected}' '{bench.Restored("out")}'; rm -rf '{bench["out"]}'", "/"));
    }
}
