using System.Diagnostics;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>Real processes that are killed while they restore in place.</summary>
public sealed class InPlaceKillTests
{
    private const int Kills = 9;
    private const int Seed = 41;

    [Fact]
    public async Task Killed_at_any_moment_a_restore_in_place_is_completed_or_rolled_back()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("for d in {1..30}; do mkdir d$d; for i in {1..40}; do head -c $((d * i * 20)) /dev/urandom > d$d/f$i; done; done; touch -d '2001-02-03 UTC' d*", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        SortedDictionary<string, string> after = TargetImage.Of(bench["out"]);
        await Shell.RunAsync("for d in {1..25}; do for i in {1..30}; do printf changed >> d$d/f$i; done; printf x > d$d/extra; done; rm -r d26 d27; chmod 700 d28; touch d29/f*", bench.Restored("out"));
        await Shell.RunAsync("cp -a out template", bench.Folder);
        SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);

        var watch = new Stopwatch();
        using (Process whole = await StartAsync(bench, id))
        {
            watch.Start();
            await whole.WaitForExitAsync();
        }

        Assert.Equal("", TargetImage.Differences(after, TargetImage.Of(bench["out"])));
        double duration = watch.Elapsed.TotalMilliseconds;
        var random = new Random(Seed);
        int unfinished = 0;
        for (int i = 0; i < Kills; i++)
        {
            await Shell.RunAsync("rm -rf out; cp -a template out", bench.Folder);

            // The first half of the time goes into the start of the process.
            double moment = duration * (0.3 + (0.7 * random.NextDouble()));
            using (Process child = await StartAsync(bench, id))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(moment));
                child.Kill();
                await child.WaitForExitAsync();
            }

            string what = $"kill {i} after {moment:f0} of {duration:f0} ms (seed {Seed})";
            if (WorkFolders.AreIn(bench["out"]))
            {
                unfinished++;
                try
                {
                    await bench.Engine.RecoverRestoreAsync(bench["out"], complete: i % 2 == 0, bench.Callbacks, default);
                }
                catch (BackupException e) when (e.Error == BackupError.RestoreNotFound)
                {
                    // It had just begun, or had just ended: removing the rest was all there was to do.
                }
            }

            SortedDictionary<string, string> now = TargetImage.Of(bench["out"]);
            Assert.True(TargetImage.Differences(before, now).Length == 0 || TargetImage.Differences(after, now).Length == 0, $"{what}\n{TargetImage.Differences(before, now)}");
            Assert.False(WorkFolders.AreIn(bench["out"]), what);
        }

        Assert.True(unfinished > 0, $"no kill met a restore under way, of {duration:f0} ms");
    }

    private static async Task<Process> StartAsync(TestBench bench, string id)
    {
        Process child = ChildProcess.Start(ChildProcess.CommandLine(OperationsChild.Task, bench.Folder, "restore", $"snapshot={id}", "inplace=1"));
        Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());
        child.StandardOutput.Close();
        return child;
    }
}
