namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>A restore in place that dies at any call to the file system: the next command completes it or rolls it back, and nothing is left.</summary>
public sealed class InPlaceCrashTests
{
    // To die before a call that only looks is to die before the next that does not.
    private static readonly HashSet<string> Looking = ["GetInfo", "GetInfos", "TryGetInfo", "ReadNames", "ReadLink", "ReadAttributes", "OpenFolder", "OpenFile", "Read", "GetDataExtents", "AdviseSequential"];

    [TreeFact]
    public async Task A_restore_that_dies_at_any_call_is_completed_or_rolled_back_by_the_next_command()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        long calls = await target.CountAsync(Looking);
        int completed = 0, rolledBack = 0;
        for (long at = 1; at <= calls; at++)
        {
            await target.ResetAsync();
            DieAt(target, at);
            (_, BackupException? error) = await ChangedTarget.TryAsync(() => target.RestoreAsync());
            target.Bench.Hooks.Call = null;
            string what = $"died at call {at} of {calls}: {error?.Message}";
            string state;
            if (!target.IsAnythingLeft)
            {
                state = target.AssertOneOf(what);
            }
            else if (at % 3 == 2)
            {
                // The same restore once more goes on by itself.
                Assert.True((await target.RestoreAsync()).Status == "Complete", what);
                state = "after";
                target.AssertAfter(what);
            }
            else
            {
                if (at % 7 == 0 && WorkFolders.HaveJournal(target.Bench["out"])) Assert.Equal(BackupError.RestoreUnfinished, (await ChangedTarget.TryAsync(() => target.Bench.RestoreAsync(target.SnapshotId, "out"))).Error?.Error);
                (RestoreResult? recovered, BackupException? refused) = await ChangedTarget.TryAsync(() => target.RecoverAsync(complete: at % 3 == 0));
                Assert.True(recovered is not null || refused!.Error == BackupError.RestoreNotFound, $"{what}: {refused?.Message}");
                state = target.AssertOneOf(what);
                if (recovered is not null) Assert.True(recovered.Status == (state == "after" ? "Complete" : "RolledBack"), $"{what}: {recovered.Status}, {state}");
            }

            Assert.False(target.IsAnythingLeft, what);
            if (state == "after") completed++;
            else rolledBack++;
        }

        Assert.True(completed > 20 && rolledBack > 20, $"{completed} completed, {rolledBack} rolled back");
    }

    [TreeFact]
    public async Task A_recovery_that_dies_at_any_call_is_taken_up_by_the_next_one()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        int moves = 0;
        foreach (bool complete in new[] { true, false })
        {
            // Dead in the middle of the replacements, and then again at every second call of the recovery.
            bool died = true;
            for (long at = 1; died; at += 2)
            {
                await target.ResetAsync();
                moves = 0;
                bool dead = false;
                target.Bench.Hooks.Call = name =>
                {
                    dead |= name == "Move" && ++moves == 9;
                    if (dead) throw new SimulatedCrashException();
                };
                await ChangedTarget.TryAsync(() => target.RestoreAsync());
                DieAt(target, at);
                (RestoreResult? first, _) = await ChangedTarget.TryAsync(() => target.RecoverAsync(complete));
                target.Bench.Hooks.Call = null;
                died = first is null;
                string what = $"{(complete ? "completing" : "rolling back")} died at call {at}";
                if (target.IsAnythingLeft)
                {
                    (RestoreResult? recovered, BackupException? refused) = await ChangedTarget.TryAsync(() => target.RecoverAsync(complete));
                    Assert.True(recovered is not null || refused!.Error == BackupError.RestoreNotFound, $"{what}: {refused?.Message}");
                }

                string differences = TargetImage.Differences(complete ? target.After : target.Before, target.Now);
                Assert.True(differences.Length == 0, $"{what}\n{differences}");
                Assert.False(target.IsAnythingLeft, what);
            }
        }
    }

    private static void DieAt(ChangedTarget target, long at)
    {
        long number = 0;
        target.Bench.Hooks.Call = name =>
        {
            // The dead call nothing any more.
            if (number >= at || (!Looking.Contains(name) && ++number >= at)) throw new SimulatedCrashException();
        };
    }
}
