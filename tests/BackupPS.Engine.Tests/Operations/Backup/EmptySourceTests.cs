namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A source whose file system is not mounted looks like an empty folder.</summary>
public sealed class EmptySourceTests
{
    [Fact]
    public async Task A_source_that_became_empty_is_incomplete_until_a_full_says_that_it_is_meant()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync();
        bench.Write("folder/file", "content");
        BackupResult first = await bench.RunPolicyAsync();
        Assert.Equal("Complete", first.Status);

        Directory.Delete(bench["source/folder"], recursive: true);
        foreach (string type in new[] { "Auto", "Differential", "Auto", "Incremental" })
        {
            bench.ForgetFaults();
            Assert.Equal("Incomplete", (await bench.RunPolicyAsync(type)).Status);
            BackupFault fault = Assert.Single(bench.Faults);
            Assert.Equal(("SourceEmpty", bench.Source), (fault.Error.Id, fault.Path));
        }

        bench.ForgetFaults();
        Assert.Equal("Complete", (await bench.RunPolicyAsync("Full")).Status);
        Assert.Equal("Complete", (await bench.RunPolicyAsync()).Status);
        Assert.Empty(bench.Faults);
        bench.Write("file", "content");
        Assert.Equal("Complete", (await bench.RunPolicyAsync()).Status);
    }

    [Fact]
    public async Task A_source_that_was_always_empty_is_complete()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync();
        foreach (int run in new[] { 1, 2, 3 }) Assert.Equal(("Complete", run), ((await bench.RunPolicyAsync()).Status, run));
        Assert.Empty(bench.Faults);
    }
}
