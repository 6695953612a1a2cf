using System.Diagnostics;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The record of a run says where it went wrong, and where its time went, without running it again.</summary>
public sealed class RunRecordTests
{
    [Fact]
    public async Task Each_operation_has_its_phases_one_after_the_other()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("d/f", "x");
        await bench.AddPolicyAsync(verify: "Data");
        BackupResult result = await bench.RunPolicyAsync();
        RestoreResult restored = await bench.RestoreAsync(result.SnapshotId, "out");
        IntegrityReport report = await bench.VerifyAsync("Restore");
        await bench.Engine.RemoveSnapshotAsync("vault", result.SnapshotId, null, default);

        await AssertPhasesAsync(bench, result.RunId, "Open", "Prepare", "Scan", "Save", "Index", "Commit", "Verify");
        await AssertPhasesAsync(bench, restored.RunId, "Open", "Plan", "Write", "Barrier");
        await AssertPhasesAsync(bench, report.RunId, "Open", "Records", "Snapshots", "Restore");
        IReadOnlyList<BackupRun> runs = await bench.Engine.GetRunsAsync(null, null, null, 0, default);
        await AssertPhasesAsync(bench, runs.Single(static r => r.Operation == "Retention").RunId, "Open", "Remove");

        // The verification within the backup, and the restore within the verification, have runs and phases of their own.
        await AssertPhasesAsync(bench, runs.Single(r => r.Operation == "Verify" && r.RunId != report.RunId).RunId, "Open", "Records", "Snapshots", "Content");
        Assert.Equal(6, runs.Count);
        Assert.All(runs, static r => Assert.Equal(0, r.Retries));
    }

    [Fact]
    public async Task A_fault_is_found_with_its_time_phase_path_and_reason()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("good", "x");
        string bad = bench.Write("bad", "x");
        bench.Hooks.OpenFile = path =>
        {
            if (path == bad) throw new PlatformException(PlatformFailure.Damaged, "bad disk");
        };
        DateTime before = bench.Clock.GetUtcNow().UtcDateTime;
        BackupResult result = await bench.BackupAsync();
        Assert.Equal("Incomplete", result.Status);
        BackupEvent fault = Assert.Single(await EventsAsync(bench, result.RunId, "Fault"));
        Assert.Equal((bad, "ReadFailed", result.RunId), (fault.Path, fault.ErrorId, fault.RunId));
        Assert.Contains("bad disk", fault.Message, StringComparison.Ordinal);
        Assert.Contains(fault.Phase, new[] { "Scan", "Save" });
        Assert.InRange(fault.Time, before, bench.Clock.GetUtcNow().UtcDateTime);
        Assert.Equal(result.Faults, (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Faults);
        BackupEvent end = Assert.Single(await EventsAsync(bench, result.RunId, "End"));
        Assert.Equal("Incomplete", end.Message);
    }

    [Fact]
    public async Task Retries_are_counted_and_located()
    {
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(200));
        bench.Write("f", "x");
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        int opened = 0, puts = 0;
        BackupEngine engine = bench.CreateEngine("home", _ => ++opened == 1
            ? throw new StoreException(StoreFailure.Transient, "Stale file handle.")
            : new FaultyObjectStore(store, call => call.Name.StartsWith("index/", StringComparison.Ordinal) && call.Changes && ++puts <= 2 ? FaultAction.FailAfter() : FaultAction.None));
        BackupResult result = await bench.BackupAsync(engine: engine);
        Assert.Equal(("Complete", 3), (result.Status, result.Retries));
        Assert.Equal(3, (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Retries);
        BackupEvent[] retries = [.. await EventsAsync(bench, result.RunId, "Retry")];
        Assert.Equal(["Open", "Index", "Index"], retries.Select(static e => e.Phase));
        Assert.Equal(bench.Vault, retries[0].Path);
        Assert.Equal([1, 1, 2], retries.Select(static e => e.Attempt));
        Assert.All(retries.Skip(1), static e => Assert.StartsWith("index/", e.Path, StringComparison.Ordinal));
        Assert.All(retries, static e => Assert.True(e.Duration > TimeSpan.Zero));
        Assert.Single(await EventsAsync(bench, result.RunId, "Warning"));
    }

    [Theory]
    [InlineData("packs/", "Index")]
    [InlineData("snapshots/", "Commit")]
    [InlineData("sessions/", "Prepare")]
    [InlineData("keys/", "Open")]
    public async Task A_run_that_fails_says_in_which_phase_also_when_it_could_not_open_its_repository(string at, string phase)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, call => call.Name.StartsWith(at, StringComparison.Ordinal) && (call.Changes || at == "keys/") ? FaultAction.FailBefore(StoreFailure.Unreachable) : FaultAction.None));
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.RunPolicyAsync(engine: engine));
        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync("p", null, null, 0, default));
        Assert.Equal(("Failed", "StoreUnreachable", "vault"), (run.Status, run.ErrorId, run.Repository));
        Assert.Equal((await bench.Engine.GetRepositoryAsync("vault", default)).RepositoryId, run.RepositoryId);
        BackupEvent error = Assert.Single(await EventsAsync(bench, run.RunId, "Error"));
        Assert.Equal((phase, "StoreUnreachable", e.Message), (error.Phase, error.ErrorId, error.Message));
        Assert.Equal(phase, (await EventsAsync(bench, run.RunId))[^1].Phase);
    }

    [Fact]
    public async Task What_was_asked_for_by_a_wrong_name_is_no_run_and_a_wrong_key_is()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Assert.ThrowsAsync<BackupException>(() => bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = "nowhere" }, bench.Callbacks, default));
        await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync("ffff", "out"));
        await Assert.ThrowsAsync<BackupException>(() => bench.VerifyAsync(snapshotId: "ffff"));
        await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RemoveSnapshotAsync("vault", "ffff", null, default));
        Assert.Empty(await bench.Engine.GetRunsAsync(null, null, null, 0, default));
        await Assert.ThrowsAsync<BackupException>(() => bench.Engine.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Secret = RepositorySecret.FromPassphrase("wrong") }, bench.Callbacks, default));
        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync(null, null, null, 0, default));
        Assert.Equal(("Verify", "Failed", "WrongKey"), (run.Operation, run.Status, run.ErrorId));
    }

    [Fact]
    public async Task A_run_that_is_killed_leaves_its_events_up_to_then()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 400000000 /dev/urandom > big", bench.Source);

        // Once before, so that nothing has to be compiled while the run goes on.
        IReadOnlyList<BackupEvent> events = await bench.Engine.GetEventsAsync(new EventQuery(), default);
        using (Process child = ChildProcess.Start(ChildProcess.CommandLine(OperationsChild.Task, bench.Folder, "backup")))
        {
            Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());

            // Seen from here while it runs.
            for (int i = 0; i < 2000 && !events.Any(static e => e.Phase == "Scan"); i++)
            {
                await Task.Delay(5);
                events = await bench.Engine.GetEventsAsync(new EventQuery(), default);
            }

            child.Kill();
            await child.WaitForExitAsync();
        }

        Assert.Contains(events, static e => e is { Phase: "Scan", Kind: "PhaseStart" });
        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync(null, null, null, 0, default));
        Assert.Equal("Interrupted", run.Status);

        // Also after the next run has marked it for good.
        await bench.BackupAsync();
        IReadOnlyList<BackupEvent> left = await EventsAsync(bench, run.RunId);
        Assert.Equal(["Start", "PhaseStart", "PhaseEnd", "PhaseStart"], left.Select(static e => e.Kind).Where(static k => k != "Message").Take(4));
        Assert.DoesNotContain(left, static e => e.Kind == "End");
        Assert.Equal(Enumerable.Range(1, left.Count), left.Select(static e => e.Sequence));
    }

    [Fact]
    public async Task Damage_is_in_the_record_of_the_verification_that_found_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.BackupAsync();
        string pack = Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).First();
        byte[] bytes = await File.ReadAllBytesAsync(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.Delete(pack);
        await File.WriteAllBytesAsync(pack, bytes);
        IntegrityReport report = await bench.VerifyAsync("Data");
        Assert.Equal("Failed", report.Status);
        IReadOnlyList<BackupEvent> faults = await EventsAsync(bench, report.RunId, "Fault");
        Assert.Equal(report.Damage.Order(StringComparer.Ordinal), faults.Select(static e => $"{e.ErrorId}: {e.Path}: {e.Message}").Order(StringComparer.Ordinal));
        Assert.Equal(report.Damage.Order(StringComparer.Ordinal), (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Faults.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_verification_that_cannot_go_on_keeps_what_it_has_found()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupResult backup = await bench.BackupAsync();
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        foreach (string pack in Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories)) File.Delete(pack);
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, static call =>
            call.Operation == StoreOperation.Read && call.Name.StartsWith("packs/", StringComparison.Ordinal) ? FaultAction.FailBefore(StoreFailure.Unreachable) : FaultAction.None));
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => engine.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Structure" }, bench.Callbacks, default));
        BackupRun run = (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single();
        Assert.Equal(("Verify", "Failed", e.Error.Id), (run.Operation, run.Status, run.ErrorId));
        Assert.NotEqual(backup.RunId, run.RunId);
        Assert.InRange(run.FaultCount, 1, int.MaxValue);
        Assert.Equal(run.FaultCount, run.Faults.Length);
        Assert.All(run.Faults, static f => Assert.StartsWith("ObjectMissing: packs/", f, StringComparison.Ordinal));
    }

    [Fact]
    public async Task File_and_catalog_say_the_same()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupResult result = await bench.BackupAsync();
        string file = Assert.Single(Directory.EnumerateFiles(bench["home/runs"], "*.jsonl", SearchOption.AllDirectories));
        Assert.Equal(bench[$"home/runs/{result.Started:yyyy-MM}/{result.RunId}.jsonl"], file);
        IReadOnlyList<BackupEvent> recorded = await EventsAsync(bench, result.RunId);
        foreach (string part in Directory.EnumerateFiles(bench["home"], "catalog.db*")) File.Delete(part);
        IReadOnlyList<BackupEvent> written = await EventsAsync(bench, result.RunId);
        Assert.Equal(recorded.Select(static e => (e.Sequence, e.Time, e.Phase, e.Kind, e.Message)), written.Select(static e => (e.Sequence, e.Time, e.Phase, e.Kind, e.Message)));
        Assert.InRange(recorded.Count, 10, 30);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_costs_the_file_and_no_more()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await File.WriteAllTextAsync(bench["home/runs"], "in the way");
        BackupResult result = await bench.BackupAsync();
        Assert.Equal("Complete", result.Status);
        Assert.Contains("not written to a file", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Equal("Complete", Assert.Single(await EventsAsync(bench, result.RunId, "End")).Message);
    }

    private static Task<IReadOnlyList<BackupEvent>> EventsAsync(TestBench bench, string runId, params string[] kinds) => bench.Engine.GetEventsAsync(new EventQuery { RunId = runId, Kind = kinds }, default);

    private static async Task AssertPhasesAsync(TestBench bench, string runId, params string[] phases)
    {
        IReadOnlyList<BackupEvent> events = await EventsAsync(bench, runId);
        Assert.Equal(phases, events.Where(static e => e.Kind == "PhaseStart").Select(static e => e.Phase));
        Assert.Equal(phases, events.Where(static e => e.Kind == "PhaseEnd").Select(static e => e.Phase));

        // Together they are the run: its record is written after the last.
        BackupEvent end = events[^1];
        Assert.Equal(("End", "Complete"), (end.Kind, end.Message));
        TimeSpan sum = events.Where(static e => e.Kind == "PhaseEnd").Aggregate(TimeSpan.Zero, static (total, e) => total + e.Duration);
        Assert.InRange(sum, end.Duration * 0.9 - TimeSpan.FromMilliseconds(20), end.Duration);
    }
}
