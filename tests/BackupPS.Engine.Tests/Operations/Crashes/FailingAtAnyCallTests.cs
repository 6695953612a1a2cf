using BackupPS.Engine.Tests.Storage;
using Xunit.Abstractions;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>A store of which one call fails, at every call to the store, in every operation.</summary>
public sealed class FailingAtAnyCallTests(ITestOutputHelper output)
{
    public static TheoryData<string> Operations => [.. CrashOperation.All.Select(static o => o.Name)];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Older_snapshots_restore_and_the_next_run_succeeds(string operation)
    {
        await using CrashBench bench = await CrashBench.CreateAsync(CrashOperation.Find(operation));
        foreach (StoreFault fault in StoreFaultKinds.Errors) Assert.InRange(await bench.TryEveryCallAsync(fault), 0, 500);
        Assert.InRange(bench.Failed, CrashOperation.Find(operation).Commits ? 5 : 1, bench.Points);
        if (CrashOperation.Find(operation).EndsWithCommit) Assert.InRange(bench.Spared, 1, bench.Points);
        output.WriteLine($"{operation}: {bench.Points} crash points, {bench.Failed} ended it");
    }
}
