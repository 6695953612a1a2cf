namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>Finding, annotating, holding, removing and keeping snapshots.</summary>
public sealed class SnapshotTests
{
    private static async Task<TestBench> BenchAsync(OffsetClock? clock = null, int keepLast = 0)
    {
        TestBench bench = await TestBench.CreateAsync(clock: clock ?? OffsetClock.Settled);
        bench.Write("f", "x");
        await bench.AddPolicyAsync(keepLast: keepLast);
        return bench;
    }

    private static async Task<string> ErrorOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<BackupException>(call)).Error.Id;

    [Fact]
    public async Task A_snapshot_is_found_by_the_beginning_of_its_id()
    {
        await using TestBench bench = await BenchAsync();
        string[] ids = [.. (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => bench.BackupAsync()))).Select(static r => r.SnapshotId)];
        string shared = ids.GroupBy(static i => i[..1]).First(static g => g.Count() > 1).Key;
        Assert.Equal("SnapshotAmbiguous", await ErrorOfAsync(() => bench.RestoreAsync(shared, "out")));
        Assert.Equal("SnapshotNotFound", await ErrorOfAsync(() => bench.RestoreAsync(new string('f', 32), "out")));
        Assert.Equal("SnapshotNotFound", await ErrorOfAsync(() => bench.RestoreAsync("no hex at all", "out")));
        Assert.Equal("SnapshotNotFound", await ErrorOfAsync(() => bench.RestoreAsync("", "out")));
        Assert.Equal(ids[0], (await bench.RestoreAsync(ids[0][..16].ToUpperInvariant(), "out")).SnapshotId);
    }

    [Fact]
    public async Task Tags_and_holds_are_notes_of_which_the_last_wins()
    {
        await using TestBench bench = await BenchAsync();
        string id = (await bench.RunPolicyAsync()).SnapshotId;
        BackupSnapshot tagged = await bench.Engine.UpdateSnapshotAsync("vault", id, ["a", "b"], hold: null, null, default);
        Assert.Equal((2, false), (tagged.Tag.Length, tagged.Hold));
        await bench.Engine.UpdateSnapshotAsync("vault", id, null, hold: true, null, default);
        Assert.Equal(("a b", true), await StateAsync());
        Assert.Equal("SnapshotHeld", await ErrorOfAsync(() => bench.Engine.RemoveSnapshotAsync("vault", id, null, default)));
        await bench.Engine.UpdateSnapshotAsync("vault", id, [], hold: false, null, default);
        Assert.Equal(("", false), await StateAsync());
        Assert.Equal(6, Directory.GetFiles(bench.Vault + "/notes").Length);
        await bench.Engine.UpdateSnapshotAsync("vault", id, [], hold: false, null, default);
        Assert.Equal(6, Directory.GetFiles(bench.Vault + "/notes").Length);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => bench.Engine.UpdateSnapshotAsync("vault", id, [$"t{i}"], null, null, default))));
        Assert.Matches("^t[0-9]$", (await StateAsync()).Tag);

        await bench.Engine.RemoveSnapshotAsync("vault", id, null, default);
        Assert.Empty(await bench.ListSnapshotsAsync());
        Assert.Empty(Directory.GetFiles(bench.Vault + "/notes"));
        Assert.Single(Directory.GetFiles(bench.Vault + "/removed"));
        Assert.Equal("SnapshotNotFound", await ErrorOfAsync(() => bench.Engine.RemoveSnapshotAsync("vault", id, null, default)));

        async Task<(string Tag, bool Hold)> StateAsync()
        {
            BackupSnapshot snapshot = Assert.Single(await bench.ListSnapshotsAsync());
            return (string.Join(' ', snapshot.Tag), snapshot.Hold);
        }
    }

    [Fact]
    public async Task Retention_keeps_what_the_rules_and_holds_say_and_only_of_this_host_and_policy()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock, keepLast: 2);
        var ids = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            ids.Add((await bench.RunPolicyAsync()).SnapshotId);
            clock.Advance(TimeSpan.FromHours(1));
        }

        BackupEngine elsewhere = bench.CreateEngine("other-home");
        await bench.AddPolicyAsync(engine: elsewhere);
        await bench.RunPolicyAsync(engine: elsewhere);
        await bench.BackupAsync();
        await bench.Engine.UpdateSnapshotAsync("vault", ids[1], null, hold: true, null, default);
        IReadOnlyList<RetentionDecision> plan = await bench.Engine.PlanRetentionAsync("p", null, measure: false, default);
        Assert.Equal(ids, plan.Select(static d => d.SnapshotId));
        Assert.Equal(["Remove", "Keep", "Remove", "Keep", "Keep"], plan.Select(static d => d.Action));
        Assert.Equal(7, (await bench.ListSnapshotsAsync()).Count);
        foreach (RetentionDecision gone in plan.Where(static d => d.Action == "Remove")) await bench.Engine.RemoveSnapshotAsync("vault", gone.SnapshotId, null, default);
        Assert.Equal([ids[1], ids[3], ids[4]], (await bench.Engine.PlanRetentionAsync("p", null, measure: false, default)).Select(static d => d.SnapshotId));
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        foreach (string id in new[] { ids[1], ids[3], ids[4] }) Assert.Equal("Complete", (await bench.RestoreAsync(id, id)).Status);
    }

    [Theory]
    [InlineData("Data", false)]
    [InlineData("Data", true)]
    [InlineData("Restore", false)]
    [InlineData("Restore", true)]
    public async Task The_newest_snapshot_that_was_verified_whole_stays_whatever_the_rules_say(string level, bool named)
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock, keepLast: 1);
        bench.Write("f", "f");
        var ids = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            ids.Add((await bench.RunPolicyAsync()).SnapshotId);
            if (i == 2)
            {
                // Neither that of an older one, nor one that read no content, nor one that failed.
                await bench.VerifyAsync("Data", ids[0]);
                await bench.VerifyAsync(level, named ? ids[2] : null);
                await bench.VerifyAsync("Structure");
            }

            clock.Advance(TimeSpan.FromHours(1));
        }

        IReadOnlyList<RetentionDecision> plan = await bench.Engine.PlanRetentionAsync("p", null, measure: false, default);
        Assert.Equal(["", "", "latest verified", "", "last 1"], plan.Select(static d => string.Join(',', d.Reason)));

        string pack = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories)[0];
        File.Move(pack, bench["pack"]);
        Assert.Equal("Failed", (await bench.VerifyAsync()).Status);
        File.Move(bench["pack"], pack);
        Assert.Equal(ids[2], Assert.Single(await bench.Engine.PlanRetentionAsync("p", null, measure: false, default), static d => d.Reason.Contains("latest verified")).SnapshotId);
        await bench.VerifyAsync();
        plan = await bench.Engine.PlanRetentionAsync("p", null, measure: false, default);
        Assert.Equal(["", "", "", "", "last 1,latest verified"], plan.Select(static d => string.Join(',', d.Reason)));
    }

    [Fact]
    public async Task A_backup_that_was_under_way_while_all_was_verified_was_not_verified_nor_one_that_a_clock_dates_before_that()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock, keepLast: 1);
        bench.Write("f", "f");
        string proved = (await bench.RunPolicyAsync()).SnapshotId;
        bench.Write("f", "another");
        bench.Hooks.OpenFile = _ =>
        {
            bench.Hooks.OpenFile = null;
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal("Passed", bench.VerifyAsync().GetAwaiter().GetResult().Status);
        };
        string latest = (await bench.RunPolicyAsync()).SnapshotId;
        Assert.Equal([(proved, "latest verified"), (latest, "last 1")], await PlanAsync());

        clock.Advance(TimeSpan.FromDays(365));
        await bench.VerifyAsync();
        clock.Advance(TimeSpan.FromDays(-364));
        string later = (await bench.RunPolicyAsync()).SnapshotId;
        Assert.Equal([(proved, ""), (latest, "latest verified"), (later, "last 1")], await PlanAsync());

        async Task<IEnumerable<(string, string)>> PlanAsync() =>
            (await bench.Engine.PlanRetentionAsync("p", null, measure: false, default)).Select(static d => (d.SnapshotId, string.Join(',', d.Reason)));
    }

    [Fact]
    public async Task A_measured_plan_says_what_each_removal_frees_and_optimizing_frees_that()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock, keepLast: 1);
        for (int i = 0; i < 4; i++)
        {
            await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes((ulong)i, (i + 1) * 100_000));
            if (i == 1) await File.WriteAllBytesAsync(bench.Source + "/shared", SplitMix.Bytes(99, 50_000));
            if (i == 3) File.Delete(bench.Source + "/shared");
            await bench.RunPolicyAsync();
            clock.Advance(TimeSpan.FromHours(1));
        }

        IReadOnlyList<RetentionDecision> plan = await bench.Engine.PlanRetentionAsync("p", null, measure: true, default);
        Assert.Equal(["Remove", "Remove", "Remove", "Keep"], plan.Select(static d => d.Action));
        Assert.InRange(plan[0].BytesFreed, 100_000, 102_000);
        Assert.InRange(plan[1].BytesFreed, 200_000, 202_000);
        Assert.InRange(plan[2].BytesFreed, 350_000, 352_000);
        Assert.Equal(0, plan[3].BytesFreed);
        foreach (RetentionDecision gone in plan.Where(static d => d.Action == "Remove")) await bench.Engine.RemoveSnapshotAsync("vault", gone.SnapshotId, null, default);
        MaintenanceResult result = await bench.Engine.OptimizeAsync(new OptimizeRequest { Repository = "vault", MaxUnusedPercent = 0 }, bench.Callbacks, default);
        Assert.InRange(result.BytesRemoved - plan.Sum(static d => d.BytesFreed), 0, 10_000);
    }

    [Fact]
    public async Task Runs_of_a_clock_that_was_a_year_ahead_hide_no_later_snapshot_and_cost_none()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await bench.AddPolicyAsync(keepLast: 2, fullEvery: "7d");
        string[] ids = new string[5];
        for (int i = 0; i < ids.Length; i++)
        {
            if (i == 1) clock.Advance(TimeSpan.FromDays(365));
            if (i == 3) clock.Advance(-TimeSpan.FromDays(364));
            clock.Advance(TimeSpan.FromHours(1));
            bench.Write("f", $"version {i}");
            BackupResult made = await bench.RunPolicyAsync();
            ids[i] = made.SnapshotId;
            Assert.Equal(i is 0 or 1 or 3 ? "Full" : "Incremental", made.Type);
        }

        IReadOnlyList<RetentionDecision> plan = await bench.Engine.PlanRetentionAsync("p", null, measure: false, default);
        Assert.Equal([ids[0], ids[3], ids[4], ids[1], ids[2]], plan.Select(static d => d.SnapshotId));
        Assert.Equal(["", "last 2", "last 1", "in the future", "in the future"], plan.Select(static d => string.Join(',', d.Reason)));

        await bench.Engine.RestoreAsync(new RestoreRequest { PolicyName = "p", Destination = bench["latest"] }, bench.Callbacks, default);
        Assert.Equal("version 4", TestBench.Read(bench.Restored("latest", "f")));
        Assert.Equal([ids[3], ids[4]], await LastAsync(2));
        Assert.Equal([ids[0], ids[3], ids[4], ids[2]], await LastAsync(4));

        async Task<List<string>> LastAsync(int count)
        {
            var found = new List<string>();
            await foreach (BackupSnapshot snapshot in bench.Engine.GetSnapshotsAsync(new SnapshotQuery { PolicyName = "p", Last = count }, bench.Callbacks, default)) found.Add(snapshot.SnapshotId);
            return found;
        }
    }

    [Fact]
    public async Task Retention_without_a_rule_or_with_one_that_keeps_nothing_is_refused()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock);
        await bench.RunPolicyAsync();
        Assert.Equal("RetentionRuleMissing", await ErrorOfAsync(() => bench.Engine.PlanRetentionAsync("p", null, measure: false, default)));
        await bench.Engine.CreatePolicyAsync(new BackupPolicy { PolicyName = "all", Source = [bench.Source], Repository = "vault", RepositoryId = "", KeepWithin = "1d" }, default);
        Assert.Empty(await bench.Engine.PlanRetentionAsync("all", null, measure: false, default));
        await bench.RunPolicyAsync(name: "all");
        clock.Advance(TimeSpan.FromDays(30));

        // restic's semantics count from the latest snapshot; whichever way, not everything may go.
        try
        {
            Assert.Contains(await bench.Engine.PlanRetentionAsync("all", null, measure: false, default), static d => d.Action == "Keep");
        }
        catch (BackupException e)
        {
            Assert.Equal("RetentionWouldRemoveAll", e.Error.Id);
        }

        Assert.Equal("PolicyNotFound", await ErrorOfAsync(() => bench.Engine.PlanRetentionAsync("none", null, measure: false, default)));
    }

    [Fact]
    public async Task Retention_decides_nothing_while_a_snapshot_cannot_be_read()
    {
        await using TestBench bench = await BenchAsync(keepLast: 1);
        string damaged = (await bench.RunPolicyAsync()).SnapshotId;
        await bench.RunPolicyAsync();
        string path = $"{bench.Vault}/snapshots/{damaged}";
        File.Delete(path);
        await File.WriteAllTextAsync(path, "damaged");
        Assert.Equal("DeletionUnsafe", await ErrorOfAsync(() => bench.Engine.PlanRetentionAsync("p", null, measure: false, default)));
        Assert.Single(await bench.ListSnapshotsAsync());
        Assert.Equal("snapshots/" + damaged, Assert.Single(bench.Faults).Path);
    }

    [Fact]
    public async Task A_snapshot_that_is_removed_while_it_is_restored_is_told_as_such()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        string id = (await bench.BackupAsync()).SnapshotId;
        bench.Hooks.FreeSpace = () =>
        {
            // After the plan: somebody removes the snapshot, and frees its space.
            Directory.Delete(bench.Vault + "/packs", recursive: true);
            File.Delete($"{bench.Vault}/snapshots/{id}");
            return long.MaxValue;
        };
        Assert.Equal("SnapshotRemoved", await ErrorOfAsync(() => bench.RestoreAsync(id, "out")));
        Assert.Equal("SnapshotRemoved", (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().ErrorId);
    }

    [Fact]
    public async Task The_latest_of_a_policy_and_that_of_a_time_are_restored()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await BenchAsync(clock);
        var times = new List<DateTime>();
        for (int i = 0; i < 3; i++)
        {
            bench.Write("f", $"version {i}");
            await bench.RunPolicyAsync();
            clock.Advance(TimeSpan.FromDays(1));
            times.Add(clock.GetUtcNow().UtcDateTime);
        }

        async Task<string> RestoreAsync(DateTime? at, string destination)
        {
            await bench.Engine.RestoreAsync(new RestoreRequest { PolicyName = "P", At = at, Destination = bench[destination] }, bench.Callbacks, default);
            return TestBench.Read(bench.Restored(destination, "f"));
        }

        Assert.Equal("version 2", await RestoreAsync(null, "latest"));
        Assert.Equal("version 1", await RestoreAsync(times[1], "at"));
        Assert.Equal("SnapshotNotFound", await ErrorOfAsync(() => RestoreAsync(times[0].AddDays(-30), "before")));
    }

    [Fact]
    public async Task Items_are_listed_by_pattern_path_and_depth()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/b/c", "1");
        bench.Write("a/d.cs", "22");
        await Shell.RunAsync("printf bad > $'a/x\\xffy'; ln -s d.cs a/link; chmod 4755 a/d.cs; chmod 1777 a", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        async Task<string[]> ListAsync(ItemQuery query)
        {
            var found = new List<string>();
            await foreach (BackupItem item in bench.Engine.GetItemsAsync(query with { Repository = bench.Vault, SnapshotId = id }, default)) found.Add($"{item.Path[bench.Source.Length..]} {item.Type} {item.Size} {item.Mode}");
            return [.. found];
        }

        var all = new ItemQuery { Repository = "", SnapshotId = "" };
        Assert.Equal([" Directory 0 rwxr-xr-x"], await ListAsync(all));
        Assert.Equal(
            [" Directory 0 rwxr-xr-x", "/a Directory 0 rwxrwxrwt", "/a/b Directory 0 rwxr-xr-x", "/a/b/c File 1 rw-r--r--", "/a/d.cs File 2 rwsr-xr-x", "/a/link SymbolicLink 0 rwxrwxrwx", "/a/x\udcffy File 3 rw-r--r--"],
            await ListAsync(all with { Recurse = true }));
        Assert.Equal(["/a/d.cs File 2 rwsr-xr-x"], await ListAsync(all with { Path = [bench.Source + "/**/*.cs"] }));
        Assert.Equal(["/a/x\udcffy File 3 rw-r--r--"], await ListAsync(all with { LiteralPath = [bench.Source + "/a/x\udcffy"] }));
        Assert.Equal("ItemNotFound", await ErrorOfAsync(() => ListAsync(all with { LiteralPath = [bench.Source + "/none"] })));
    }
}
