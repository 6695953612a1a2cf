using System.Text.Json;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Tests.Repositories;

namespace BackupPS.Engine.Tests.Catalog;

/// <summary>Events of runs: in the file while they go on, in the catalog when they have ended, and gone after a year.</summary>
public sealed class EventTableTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(new DateTime(2026, 11, 20, 8, 0, 0, DateTimeKind.Utc));
    private readonly CatalogDatabase catalog;

    public EventTableTests() => catalog = new CatalogDatabase(folder.Home, time);

    private EventTable Table => catalog.Events;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_event_comes_back_from_file_and_catalog_as_it_was()
    {
        StartedRun run = Begin();
        BackupEvent[] events = [Event(run, 1, "Start"), Everything(run)];
        PolicyTableTests.AssertEveryPropertyIsSet(events[1]);
        using (EventFile file = Table.CreateFile(run))
        {
            file.Append(events, 0);

            // As it happens: nobody has closed the file.
            AssertSame(events, List(run.RunId));
        }

        catalog.Runs.End(run, new RunEnd { Status = "Complete", Duration = default, Events = events });
        File.Delete(FileOf(run));
        AssertSame(events, List(run.RunId));
        Assert.All(List(run.RunId), static e => Assert.Equal(TimeSpan.Zero, e.Time.Offset));
    }

    [Fact]
    public void The_file_is_lines_of_JSON_for_its_owner_alone()
    {
        StartedRun run = Begin();
        using (EventFile file = Table.CreateFile(run)) file.Append([Event(run, 1, "Start"), Everything(run)], 0);
        string[] lines = File.ReadAllLines(FileOf(run));
        Assert.Equal(2, lines.Length);
        using var bare = JsonDocument.Parse(lines[0]);
        Assert.Equal(["time", "run", "sequence", "phase", "kind"], bare.RootElement.EnumerateObject().Select(static m => m.Name));
        using var whole = JsonDocument.Parse(lines[1]);
        Assert.Equal(run.RunId, whole.RootElement.GetProperty("run").GetString());
        Assert.Equal(1_500_000, whole.RootElement.GetProperty("microseconds").GetInt64());
        Assert.Equal("2026-11-20T08:00:00Z", whole.RootElement.GetProperty("time").GetString());
        Assert.Contains("/srv/é", lines[1], StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(FileOf(run)));
    }

    [Fact]
    public void A_line_that_was_torn_hides_no_other()
    {
        StartedRun run = Begin();
        BackupEvent[] events = [Event(run, 1, "Start"), Everything(run)];
        using (EventFile file = Table.CreateFile(run)) file.Append(events, 0);
        byte[] whole = File.ReadAllBytes(FileOf(run));
        for (int length = whole.Length - 2; length > 0; length -= 7)
        {
            File.WriteAllBytes(FileOf(run), whole[..length]);
            int lines = whole.AsSpan(0, length + 1).Count((byte)'\n');
            AssertSame(events[..lines], List(run.RunId));
        }
    }

    [Fact]
    public void They_are_chosen_by_run_kind_error_and_time()
    {
        StartedRun first = Begin(), second = Begin();
        foreach (StartedRun run in new[] { first, second })
        {
            DateTime began = time.GetUtcNow().UtcDateTime;
            BackupEvent[] events = [Event(run, 1, "Start", began), Event(run, 2, "Fault", began.AddSeconds(1), "AccessDenied"), Event(run, 3, "Error", began.AddSeconds(2), "StoreFull")];
            catalog.Runs.End(run, new RunEnd { Status = "Failed", Duration = default, Events = events });
            time.Advance(TimeSpan.FromMinutes(1));
        }

        DateTime later = time.GetUtcNow().UtcDateTime.AddMinutes(-1);
        Assert.Equal([(first.RunId, 1), (first.RunId, 2), (first.RunId, 3), (second.RunId, 1), (second.RunId, 2), (second.RunId, 3)], Numbers(new EventQuery()));
        Assert.Equal([(second.RunId, 1), (second.RunId, 2), (second.RunId, 3)], Numbers(new EventQuery { RunId = second.RunId[..12].ToUpperInvariant() }));
        Assert.Equal([(first.RunId, 2), (first.RunId, 3), (second.RunId, 2), (second.RunId, 3)], Numbers(new EventQuery { Kind = ["fault", "Error"] }));
        Assert.Equal([(first.RunId, 3), (second.RunId, 3)], Numbers(new EventQuery { ErrorId = ["storefull"] }));
        Assert.Equal([(second.RunId, 2), (second.RunId, 3)], Numbers(new EventQuery { Since = later.AddSeconds(1) }));
        Assert.Empty(Table.List(new EventQuery { RunId = first.RunId, Kind = ["Retry"] }));
    }

    [Theory]
    [InlineData("ffff")]
    [InlineData("../x")]
    [InlineData("*")]
    [InlineData("")]
    public void A_run_that_is_none_is_told(string id)
    {
        if (id.Length > 0) Begin();
        Assert.Same(BackupError.RunNotFound, Assert.Throws<BackupException>(() => Table.List(new EventQuery { RunId = id })).Error);
        Assert.Empty(new CatalogDatabase(folder.Home + "2", time).Events.List(new EventQuery()));
    }

    [Fact]
    public void With_the_catalog_lost_the_file_still_tells()
    {
        StartedRun run = Begin();
        using (EventFile file = Table.CreateFile(run)) file.Append([Everything(run)], 0);
        foreach (string file in Directory.EnumerateFiles(folder.Home, "catalog.db*")) File.Delete(file);
        Assert.Single(List(run.RunId[..8]));
    }

    [Fact]
    public void What_is_older_than_a_year_goes_with_the_first_run_of_a_month_and_the_runs_stay()
    {
        var runs = new List<StartedRun>();
        for (int month = 0; month < 15; month++)
        {
            StartedRun run = Begin();
            runs.Add(run);
            using (EventFile file = Table.CreateFile(run))
            {
                Assert.True(file.OpensMonth);
                file.Append([Event(run, 1, "Fault", error: "ReadFailed")], 0);
            }

            using (EventFile next = Table.CreateFile(Begin())) Assert.False(next.OpensMonth);
            catalog.Runs.End(run, new RunEnd { Status = "Incomplete", Duration = default, FaultCount = 1, Events = [Event(run, 1, "Fault", error: "ReadFailed")] });
            time.Advance(TimeSpan.FromDays(DateTime.DaysInMonth(run.Started.Year, run.Started.Month)));
        }

        Directory.CreateDirectory(Path.Combine(folder.Home, "runs", "mine"));
        Begin();
        Table.RemoveOld();

        // It is February 2028: what began in February 2027 and later is there.
        Assert.Equal(new DateTime(2028, 2, 1), new DateTime(time.GetUtcNow().Year, time.GetUtcNow().Month, 1));
        Assert.Equal([.. Enumerable.Range(0, 12).Select(static i => new DateTime(2027, 2, 1).AddMonths(i).ToString("yyyy-MM", null)), "mine"], Directory.EnumerateDirectories(Path.Combine(folder.Home, "runs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (StartedRun run in runs)
        {
            bool recent = run.Started >= new DateTime(2027, 2, 1);
            Assert.Equal(recent ? 1 : 0, List(run.RunId).Count);
            BackupRun shown = catalog.Runs.List().Single(r => r.RunId == run.RunId);
            Assert.Equal((1, recent ? 1 : 0), (shown.FaultCount, shown.Faults.Length));
        }
    }

    [Fact]
    public void Faults_of_a_catalog_from_before_there_were_events_are_events()
    {
        string[] before = [.. CatalogMigrations.All.TakeWhile(static step => !step.Contains("run_events", StringComparison.Ordinal))];
        var old = new CatalogDatabase(folder.Home, time, before);
        old.Write(connection => connection.Execute(
            """
            INSERT INTO runs (run_id, operation, status, repository, repository_id, policy_key, policy_name, type, started, fault_count, host_name, process_id, process_start)
            VALUES ('00ff', 'Backup', 'Incomplete', 'vault', 'r', 'WEB', 'web', 'Full', 639000000000000000, 2, 'host', 1, 'x');
            INSERT INTO run_faults (run_id, ordinal, error_id, path, reason) VALUES ('00ff', 0, 'AccessDenied', '/a\xff', 'no'), ('00ff', 1, 'ReadFailed', '/b', 'bad disk');
            """));
        Assert.Equal([@"AccessDenied: /a\xff: no", "ReadFailed: /b: bad disk"], Assert.Single(catalog.Runs.List()).Faults);
        BackupEvent[] events = [.. Table.List(new EventQuery { RunId = "00ff" })];
        Assert.Equal([("/a\udcff", 1), ("/b", 2)], events.Select(static e => (e.Path, e.Sequence)));
        Assert.All(events, static e => Assert.Equal(("Fault", new DateTime(639000000000000000, DateTimeKind.Utc)), (e.Kind, e.Time)));
    }

    private static void AssertSame(BackupEvent[] expected, IReadOnlyList<BackupEvent> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++) PolicyTableTests.AssertSame(expected[i], actual[i]);
    }

    private IReadOnlyList<BackupEvent> List(string runId) => Table.List(new EventQuery { RunId = runId });

    private IEnumerable<(string RunId, int Sequence)> Numbers(EventQuery query) => Table.List(query).Select(static e => (e.RunId, e.Sequence));

    private StartedRun Begin()
    {
        time.Advance(TimeSpan.FromTicks(1));
        return catalog.Runs.Begin(new RunStart { Operation = "Backup", Repository = "vault", RepositoryId = "r" });
    }

    private string FileOf(StartedRun run) => Path.Combine(folder.Home, "runs", $"{run.Started:yyyy-MM}", run.RunId + ".jsonl");

    private static BackupEvent Event(StartedRun run, int sequence, string kind, DateTime? at = null, string error = "") =>
        new() { RunId = run.RunId, Sequence = sequence, Time = at ?? run.Started, Phase = "Save", Kind = kind, ErrorId = error };

    private static BackupEvent Everything(StartedRun run) => new()
    {
        RunId = run.RunId,
        Sequence = 2,
        Time = new DateTime(2026, 11, 20, 8, 0, 0, DateTimeKind.Utc),
        Phase = "Save",
        Kind = "Retry",
        Path = "/srv/é\udcff\n\\\"",
        ErrorId = "ReadFailed",
        Message = "gone: \udc80 <'>",
        Attempt = 3,
        Duration = TimeSpan.FromSeconds(1.5),
    };
}
