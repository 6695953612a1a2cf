using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>A restore in place that fails at any call to the file system: the target is as it was, or single items are, and nothing is left.</summary>
public sealed class InPlaceFaultTests
{
    // Those that take room.
    private static readonly HashSet<string> Writing = ["Write", "CreateFolder", "CreateTemporaryFile", "TryCreateFile", "CreateHardLink", "CreateSymbolicLink", "CreateNode"];

    private static readonly PlatformFailure[] Failures = [PlatformFailure.Other, PlatformFailure.Damaged, PlatformFailure.Full];

    [TreeFact]
    public async Task Everything_that_differs_becomes_what_the_snapshot_says()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync(workers: 2);
        RestoreResult result = await target.RestoreAsync(static r => r with { Verify = true });
        Assert.Equal(("Complete", true), (result.Status, result.Verified));
        Assert.Equal("", TargetImage.Differences(target.After, target.Now));
        await TreeListing.AssertSameAsync(target.Bench.Source, target.Bench.Restored("out"));
        Assert.False(target.IsAnythingLeft);
    }

    [TreeFact]
    public async Task A_restore_that_fails_at_any_call_has_changed_nothing_or_left_out_single_items()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        long calls = await target.CountAsync();
        for (long at = 1; at <= calls; at++)
        {
            await target.ResetAsync();
            string called = "";
            long number = 0;
            target.Bench.Hooks.Call = name =>
            {
                if (++number != at) return;
                called = name;
                throw FileSystemHooks.Fail(Failures[at % Failures.Length]);
            };
            (RestoreResult? result, BackupException? error) = await ChangedTarget.TryAsync(() => target.RestoreAsync());
            target.Bench.Hooks.Call = null;
            string what = $"call {at} of {calls} ({called}) failed with {Failures[at % Failures.Length]}: {error?.Message ?? result!.Status}";
            if (error is not null) Assert.True(TargetImage.Differences(target.Before, target.Now) is "" && !target.IsAnythingLeft, $"{what}\n{TargetImage.Differences(target.Before, target.Now)}");
            else if (result!.FaultCount == 0 && !target.IsAnythingLeft) target.AssertAfter(what);
            else if (!target.IsAnythingLeft) AssertMixed(target, result, what);

            // What is left then is only what could not be deleted: the next restore does both.
            if (!target.IsAnythingLeft && at % 5 != 0) continue;
            Assert.True((await target.RestoreAsync()).Status == "Complete", what);
            target.AssertAfter(what);
            Assert.False(target.IsAnythingLeft, what);
        }
    }

    [TreeFact]
    public async Task A_disk_that_fills_up_at_any_call_leaves_the_target_as_it_was()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        long calls = await target.CountAsync();
        int refused = 0;
        for (long at = 1; at <= calls; at += 3)
        {
            await target.ResetAsync();
            long number = 0;
            target.Bench.Hooks.Call = name =>
            {
                if (++number >= at && Writing.Contains(name)) throw FileSystemHooks.Fail(PlatformFailure.Full);
            };
            (RestoreResult? result, BackupException? error) = await ChangedTarget.TryAsync(() => target.RestoreAsync());
            target.Bench.Hooks.Call = null;
            string what = $"from call {at} of {calls} on: {error?.Message ?? result!.Status}";
            if (error is null)
            {
                target.AssertAfter(what);
                continue;
            }

            refused++;
            Assert.True(error.Error == BackupError.NotEnoughSpace, what);
            Assert.True(TargetImage.Differences(target.Before, target.Now).Length == 0, $"{what}\n{TargetImage.Differences(target.Before, target.Now)}");
            Assert.False(target.IsAnythingLeft, what);
        }

        Assert.True(refused > 10);
    }

    [TreeFact]
    public async Task A_restore_that_is_cancelled_anywhere_leaves_the_target_as_it_was()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        long calls = await target.CountAsync();
        int cancelled = 0;
        for (long at = 1; at <= calls; at += 11)
        {
            await target.ResetAsync();
            using var stop = new CancellationTokenSource();
            long number = 0;
            target.Bench.Hooks.Call = _ =>
            {
                if (++number == at) stop.Cancel();
            };
            try
            {
                await target.RestoreAsync(cancellationToken: stop.Token);
                target.AssertAfter($"cancelled too late, at call {at}");
            }
            catch (OperationCanceledException)
            {
                cancelled++;
                Assert.Equal("", TargetImage.Differences(target.Before, target.Now));
            }

            target.Bench.Hooks.Call = null;
            Assert.False(target.IsAnythingLeft);
        }

        Assert.True(cancelled > 10);
    }

    // Each item is the old or the new one; a folder in between has the time of its last change.
    private static void AssertMixed(ChangedTarget target, RestoreResult result, string what)
    {
        foreach ((string path, string line) in target.Now)
        {
            if (Array.Exists(result.Faults, f => f.Contains($"/{path}:", StringComparison.Ordinal))) continue;
            if (line.StartsWith("Directory", StringComparison.Ordinal) || line.Contains(" names = ", StringComparison.Ordinal)) continue;
            bool old = target.Before.TryGetValue(path, out string? before) && before == line, fresh = target.After.TryGetValue(path, out string? after) && after == line;
            Assert.True(old || fresh || path.StartsWith(target.Bench.Source[1..] + "/links", StringComparison.Ordinal) || path.StartsWith(target.Bench.Source[1..] + "/lost", StringComparison.Ordinal), $"{what}\n{path}: {line}\nbefore: {before}\nafter: {after}");
        }
    }
}
