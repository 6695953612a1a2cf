using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>Any call to the file system may fail, in any operation: that is a fault or an error with a name, and never a defect.</summary>
public sealed class AnyCallFailsTests
{
    private static readonly PlatformFailure[] Failures = [PlatformFailure.Damaged, PlatformFailure.Denied, PlatformFailure.Other, PlatformFailure.Full, PlatformFailure.NotFound];

    [Theory]
    [InlineData("Backup")]
    [InlineData("Plan")]
    [InlineData("Restore")]
    [InlineData("RestoreOver")]
    [InlineData("PlanRestore")]
    [InlineData("Compare")]
    public async Task It_is_told_as_what_it_is(string operation)
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("a/file", "one");
        bench.Write("a/b/other", new string('x', 300_000));
        await Shell.RunAsync("ln -s file a/link; ln a/file a/second; mkfifo a/pipe; truncate -s 1M a/sparse; printf x >> a/sparse", bench.Source);
        BackupResult saved = await bench.BackupAsync();
        await RunAsync(bench, operation == "PlanRestore" ? "RestoreOver" : operation, saved.SnapshotId, -1);
        int calls = 0;
        bench.Hooks.Call = _ => calls++;
        await RunAsync(bench, operation, saved.SnapshotId, 0);
        int total = calls;
        Assert.InRange(total, 5, 500);
        for (int at = 1; at <= total; at++)
        {
            int number = 0;
            string called = "";
            PlatformFailure failure = Failures[at % Failures.Length];
            bench.ForgetFaults();
            bench.Hooks.Call = call =>
            {
                if (Interlocked.Increment(ref number) != at) return;
                called = call;
                throw FileSystemHooks.Fail(failure);
            };
            string end = await RunAsync(bench, operation, saved.SnapshotId, at);
            Assert.False(end.Contains("InternalError", StringComparison.Ordinal) || bench.Faults.Any(static f => f.Error == BackupError.InternalError), $"Call {at} of {total} ({called}) failed with {failure}: {end}");
        }
    }

    private static async Task<string> RunAsync(TestBench bench, string operation, string snapshotId, int number)
    {
        var backup = new BackupRequest { Source = [bench.Source], Repository = bench.Vault, Type = "Full" };
        var restore = new RestoreRequest { Repository = bench.Vault, SnapshotId = snapshotId, Destination = operation is "RestoreOver" or "PlanRestore" ? bench["over"] : bench[$"out{number}"], Overwrite = "Always", Verify = true };
        try
        {
            switch (operation)
            {
                case "Backup": return (await bench.Engine.BackupAsync(backup, bench.Callbacks, default)).Status;
                case "Plan": return (await bench.Engine.PlanBackupAsync(backup, bench.Callbacks, default)).Type;
                case "PlanRestore": return (await bench.Engine.PlanRestoreAsync(restore, bench.Callbacks, default)).SnapshotId;
                case "Compare":
                    await foreach (BackupItemChange change in bench.Engine.CompareAsync(new CompareQuery { Repository = bench.Vault, ReferenceId = snapshotId, Content = true }, bench.Callbacks, default)) Assert.NotNull(change);
                    return "";
                default: return (await bench.Engine.RestoreAsync(restore, bench.Callbacks, default)).Status;
            }
        }
        catch (BackupException e)
        {
            return $"{e.Error.Id}: {e.Message}";
        }
    }
}
