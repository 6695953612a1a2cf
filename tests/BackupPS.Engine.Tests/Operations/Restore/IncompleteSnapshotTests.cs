using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Snapshots that lack something: what they lack is not restored, and no restore says otherwise.</summary>
public sealed class IncompleteSnapshotTests
{
    public static TheoryData<string, bool, bool> Modes
    {
        get
        {
            var modes = new TheoryData<string, bool, bool>();
            foreach (string rule in new[] { "Never", "IfNewer", "IfChanged", "Always" })
            {
                modes.Add(rule, false, false);
                modes.Add(rule, true, false);
                modes.Add(rule, true, true);
            }

            return modes;
        }
    }

    private static async Task<BackupResult> SaveAsync(TestBench bench, bool complete)
    {
        bench.Write("good", $"good {Guid.NewGuid()}");
        bench.Write("bad", "bad");
        bench.Hooks.OpenFile = path =>
        {
            if (!complete && path.EndsWith("/bad", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        BackupResult result = await bench.RunPolicyAsync("Full");
        bench.Hooks.OpenFile = null;
        bench.ForgetFaults();
        Assert.Equal(complete ? "Complete" : "Incomplete", result.Status);
        return result;
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_restore_of_one_is_incomplete_and_not_verified(string rule, bool inPlace, bool noRollback)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync();
        string id = (await SaveAsync(bench, complete: false)).SnapshotId;
        var request = new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], Overwrite = rule, InPlace = inPlace, NoRollback = noRollback, DeleteExtra = inPlace, Verify = true };
        for (int i = 0; i < 2; i++)
        {
            bench.ForgetFaults();
            await bench.Engine.PlanRestoreAsync(request, bench.Callbacks, default);
            Assert.Contains(bench.Warnings, w => w.Contains($"{id} is Incomplete", StringComparison.Ordinal));
            bench.ForgetFaults();
            RestoreResult result = await bench.Engine.RestoreAsync(request, bench.Callbacks, default);
            Assert.Equal(("Incomplete", "Incomplete", false, 0), (result.Status, result.SnapshotStatus, result.Verified, result.FaultCount));
            Assert.Contains(bench.Warnings, w => w.Contains($"{id} is Incomplete", StringComparison.Ordinal));
            Assert.Equal("Incomplete", (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Status);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_it_does_not_lack_is_complete_where_this_host_remembers_what_it_lacks(bool inPlace)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync();
        bench.Write("folder/good", "good");
        string id = (await SaveAsync(bench, complete: false)).SnapshotId;
        foreach ((string[] names, string[] patterns, string status) in new (string[], string[], string)[]
        {
            ([bench.Source + "/good"], [], "Complete"),
            ([bench.Source + "/folder", bench.Source + "/good"], [], "Complete"),
            ([], [bench.Source + "/folder/*"], "Complete"),
            ([], [bench.Source + "/*"], "Incomplete"),
            ([], ["**/good"], "Incomplete"),
            ([bench.Source], [], "Incomplete"),
            ([bench.Source + "/good", bench.Source + "/bad"], [], "Incomplete"),
        })
        {
            var request = new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], InPlace = inPlace, Overwrite = "Always", LiteralPath = names, Path = patterns };
            Assert.Equal((status, "Incomplete"), ((await bench.Engine.RestoreAsync(request, bench.Callbacks, default)).Status, (await bench.Engine.RestoreAsync(request, bench.Callbacks, default)).SnapshotStatus));
            Assert.Equal("Incomplete", (await bench.CreateEngine("elsewhere").RestoreAsync(request, bench.Callbacks, default)).Status);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_latest_is_the_latest_that_is_complete_and_another_is_taken_by_time_or_where_none_is(bool inPlace)
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await bench.AddPolicyAsync();
        var request = new RestoreRequest { PolicyName = "p", Destination = bench["out"], InPlace = inPlace, Overwrite = "Always" };
        async Task<RestoreResult> RestoreAsync(DateTime? at = null)
        {
            bench.ForgetFaults();
            return await bench.Engine.RestoreAsync(request with { At = at }, bench.Callbacks, default);
        }

        BackupResult first = await SaveAsync(bench, complete: false);
        Assert.Equal((first.SnapshotId, "Incomplete"), ((await RestoreAsync()).SnapshotId, (await RestoreAsync()).Status));
        clock.Advance(TimeSpan.FromHours(1));
        BackupResult second = await SaveAsync(bench, complete: true);
        Assert.Equal((second.SnapshotId, "Complete"), ((await RestoreAsync()).SnapshotId, (await RestoreAsync()).Status));
        Assert.Empty(bench.Warnings);
        clock.Advance(TimeSpan.FromHours(1));
        BackupResult third = await SaveAsync(bench, complete: false);
        RestoreResult latest = await RestoreAsync();
        Assert.Equal((second.SnapshotId, "Complete"), (latest.SnapshotId, latest.Status));
        string warning = Assert.Single(bench.Warnings);
        Assert.Contains(third.SnapshotId, warning, StringComparison.Ordinal);
        Assert.Contains(second.SnapshotId, warning, StringComparison.Ordinal);
        RestoreResult then = await RestoreAsync(clock.GetUtcNow().UtcDateTime);
        Assert.Equal((third.SnapshotId, "Incomplete"), (then.SnapshotId, then.Status));
    }
}
