using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations;
using Microsoft.Data.Sqlite;
using System.Diagnostics;
using System.Globalization;

namespace BackupPS.Engine.Tests.Catalog;

public sealed class RunTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogDatabase _catalog;

    public RunTableTests() => _catalog = new CatalogDatabase(_folder.Home, new ManualClock());

    private RunTable Runs => _catalog.Runs;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_is_running_and_then_has_its_outcome()
    {
        StartedRun run = Runs.Begin(new RunStart { Operation = "Backup", Repository = "/srv/\udcfe", RepositoryId = "r", PolicyName = "Web", Type = "", HostName = "host" });
        Assert.Matches("^[0-9a-f]{32}$", run.RunId);
        BackupRun shown = Assert.Single(Runs.List());
        PolicyTableTests.AssertSame(
            new BackupRun
            {
                RunId = run.RunId, Operation = "Backup", Status = "Running", Repository = "/srv/\udcfe", RepositoryId = "r", PolicyName = "Web", Started = run.Started, HostName = "host",
            },
            shown);
        Assert.Equal(TimeSpan.Zero, shown.Started.Offset);

        Runs.End(run, new RunEnd
        {
            Status = "Failed",
            Duration = TimeSpan.FromMilliseconds(1234.5),
            SnapshotId = "s",
            Type = "Full",
            FileCount = 5,
            BytesProcessed = 6,
            BytesStored = long.MaxValue,
            FaultCount = 5000,
            Retries = 7,
            Events = Events(run, new BackupFault(BackupError.AccessDenied, "/a\udcff\n", "no: \udc80"), new BackupFault(BackupError.ReadFailed, "/b\\x41", "bad disk")),
            Error = BackupError.StoreFull,
            Message = "full: /srv/\udcfe",
        });
        BackupRun expected = new()
        {
            RunId = run.RunId,
            Operation = "Backup",
            Status = "Failed",
            Repository = "/srv/\udcfe",
            RepositoryId = "r",
            PolicyName = "Web",
            SnapshotId = "s",
            Type = "Full",
            Started = run.Started,
            Duration = TimeSpan.FromMilliseconds(1234.5),
            FileCount = 5,
            BytesProcessed = 6,
            BytesStored = long.MaxValue,
            FaultCount = 5000,
            Faults = [@"AccessDenied: /a\xff\x0a: no: " + "\udc80", @"ReadFailed: /b\x41: bad disk"],
            Retries = 7,
            ErrorId = "StoreFull",
            Message = "full: /srv/\udcfe",
            HostName = "host",
        };
        PolicyTableTests.AssertEveryPropertyIsSet(expected);
        PolicyTableTests.AssertSame(expected, Assert.Single(Runs.List()));
    }

    [Fact]
    public void A_fault_reads_as_it_was_told()
    {
        var fault = new BackupFault(BackupError.SourceVanished, "/tmp/\udc80\t x", "gone");
        StartedRun run = Begin();
        Runs.End(run, new RunEnd { Status = "Incomplete", Duration = default, FaultCount = 1, Events = Events(run, fault) });
        Assert.Equal([fault.ToString()], Runs.List()[0].Faults);
    }

    [Fact]
    public void Type_and_repository_stay_where_the_end_does_not_name_them()
    {
        StartedRun run = Runs.Begin(new RunStart { Operation = "Verify", Repository = "vault", RepositoryId = "", Type = "Data" });
        Runs.End(run, new RunEnd { Status = "Complete", Duration = default, RepositoryId = "r" });
        Assert.Equal(("Data", "r"), (Runs.List()[0].Type, Runs.List()[0].RepositoryId));
    }

    [Fact]
    public void The_first_thousand_faults_are_stored_and_all_are_counted()
    {
        StartedRun run = Begin();
        BackupFault[] faults = [.. Enumerable.Range(0, 1500).Select(i => new BackupFault(BackupError.ReadFailed, string.Create(CultureInfo.InvariantCulture, $"/{i}"), "x"))];
        Runs.End(run, new RunEnd { Status = "Incomplete", Duration = default, FaultCount = 1500, Events = Events(run, faults) });
        BackupRun shown = Runs.List()[0];
        Assert.Equal(1500, shown.FaultCount);
        Assert.Equal(faults.Take(1000).Select(fault => fault.ToString()), shown.Faults);
    }

    [Fact]
    public void Runs_are_listed_latest_first_by_policy_status_time_and_number()
    {
        StartedRun[] runs = [.. Enumerable.Range(0, 6).Select(i => Begin(i % 2 == 0 ? "web" : "mail"))];
        for (int i = 0; i < 4; i++) Runs.End(runs[i], new RunEnd { Status = i < 2 ? "Complete" : "Failed", Duration = default });
        string[] Ids(params int[] numbers) => [.. numbers.Select(i => runs[i].RunId)];

        Assert.Equal(Ids(5, 4, 3, 2, 1, 0), Runs.List().Select(run => run.RunId));
        Assert.Equal(Ids(4, 2, 0), Runs.List(policyName: "WEB").Select(run => run.RunId));
        Assert.Equal(Ids(3, 2), Runs.List(status: "failed").Select(run => run.RunId));
        Assert.Equal(Ids(5, 4), Runs.List(status: "Running").Select(run => run.RunId));
        Assert.Equal(Ids(5, 4, 3), Runs.List(since: runs[3].Started).Select(run => run.RunId));
        Assert.Equal(Ids(5, 4), Runs.List(last: 2).Select(run => run.RunId));
        Assert.Equal(Ids(2), Runs.List("web", "Failed", runs[1].Started, 1).Select(run => run.RunId));
        Assert.Empty(Runs.List(policyName: "w%"));
        Assert.Empty(Runs.List(policyName: ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => Runs.List(last: -1));
    }

    [Fact]
    public void A_run_whose_process_is_gone_is_interrupted_before_and_after_that_is_recorded()
    {
        StartedRun alive = Begin();
        StartedRun dead = Begin("web", EndedProcess());
        Assert.Equal([("Interrupted", dead.RunId), ("Running", alive.RunId)], Runs.List().Select(run => (run.Status, run.RunId)));
        Assert.Equal([dead.RunId], Runs.List(status: "interrupted").Select(run => run.RunId));
        Assert.Equal([alive.RunId], Runs.List(status: "Running").Select(run => run.RunId));
        Assert.Equal(["Running", "Running"], StoredStatuses());

        // Listing records nothing; the next run to begin does.
        StartedRun next = Begin();
        Assert.Equal(["Interrupted", "Running", "Running"], StoredStatuses());
        Assert.Equal([next.RunId, dead.RunId, alive.RunId], Runs.List().Select(run => run.RunId));

        // A run that was taken for dead, and is not, has the last word.
        Runs.End(dead, new RunEnd { Status = "Complete", Duration = default });
        Assert.Equal("Complete", Runs.List(last: 2)[1].Status);
    }

    [Fact]
    public async Task A_killed_process_leaves_an_interrupted_run()
    {
        if (OperatingSystem.IsWindows()) return;
        using Process other = Process.Start("sleep", "60");
        Begin("web", ProcessIdentity.Of(other.Id)!);
        Assert.Equal("Running", Runs.List()[0].Status);
        other.Kill();
        await other.WaitForExitAsync();
        Assert.Equal("Interrupted", Runs.List()[0].Status);
    }

    [Fact]
    public void Another_process_with_the_same_number_is_not_the_one()
    {
        ProcessIdentity current = ProcessIdentity.Current();
        Assert.NotEmpty(current.Start);
        Assert.False(current.HasEnded());
        Assert.Equal(current, ProcessIdentity.Of(Environment.ProcessId));
        Assert.True((current with { Start = current.Start + "1" }).HasEnded());
        Assert.Null(ProcessIdentity.Of(int.MaxValue));
        if (!OperatingSystem.IsLinux()) return;

        // One of another container on this boot may be alive; one of another boot is not.
        string[] parts = current.Start.Split('/');
        Assert.False(new ProcessIdentity(int.MaxValue, $"{parts[0]}/pid:[1]/5").HasEnded());
        Assert.True(new ProcessIdentity(Environment.ProcessId, $"other-boot/{parts[1]}/{parts[2]}").HasEnded());
    }

    [Fact]
    public void A_run_can_end_in_a_catalog_that_was_deleted_meanwhile()
    {
        StartedRun run = Begin("web");
        File.Delete(_catalog.DatabasePath);
        Runs.End(run, new RunEnd { Status = "Complete", Duration = TimeSpan.FromSeconds(3), FaultCount = 1, Events = Events(run, new BackupFault(BackupError.ReadFailed, "/x", "y")) });
        BackupRun shown = Assert.Single(Runs.List("web"));
        Assert.Equal(("Complete", run.RunId, run.Started, 1), (shown.Status, shown.RunId, shown.Started, shown.Faults.Length));
    }

    // What a run keeps that has met these faults.
    private static IReadOnlyList<BackupEvent> Events(StartedRun run, params BackupFault[] faults)
    {
        var events = new RunEvents(run.RunId, new ManualClock());
        foreach (BackupFault fault in faults) events.Add(BackupEventKind.Fault, fault.Path, fault.Reason, fault.Error);
        return events.End("Incomplete");
    }

    private StartedRun Begin(string policy = "web", ProcessIdentity? process = null)
    {
        var start = new RunStart { Operation = "Backup", Repository = "vault", RepositoryId = "r", PolicyName = policy };
        return process is null ? Runs.Begin(start) : Runs.Begin(start, process);
    }

    private static ProcessIdentity EndedProcess() => ProcessIdentity.Current() is var current && OperatingSystem.IsLinux()
        ? current with { ProcessId = int.MaxValue }
        : current with { Start = "1" };

    private List<string> StoredStatuses() => _catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT status FROM runs ORDER BY status");
            using SqliteDataReader row = select.ExecuteReader();
            var statuses = new List<string>();
            while (row.Read()) statuses.Add(row.GetString(0));
            return statuses;
        },
        []);
}
