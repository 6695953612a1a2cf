using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// What happened in runs. While a run is under way its file has the events; its end takes them into the catalog. So the file speaks for a run that has none in
/// the catalog: it goes on, was killed, or ended while the catalog could not be used.
/// </summary>
internal sealed class EventTable(CatalogDatabase catalog, HomeFolder home, TimeProvider timeProvider)
{
    // A year: long enough to compare a run with the one of the same day last year; an hourly one has some 20 MB by then.
    private const int MonthsKept = 12;

    private readonly EventFolder files = new(home);

    /// <summary>Creates the file of a run.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not create it.</exception>
    public EventFile CreateFile(StartedRun run) => files.Create(run.RunId, run.Started);

    /// <summary>Events, the oldest run first, each run's in the order in which they happened.</summary>
    /// <exception cref="BackupException">No run has such an id (<see cref="BackupError.RunNotFound"/>), or the catalog cannot be used.</exception>
    public IReadOnlyList<BackupEvent> List(EventQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        string? beginning = query.RunId?.ToLowerInvariant();
        bool isId = beginning is null || beginning.All(char.IsAsciiHexDigitLower);
        var events = new List<BackupEvent>();
        int runs = isId ? catalog.Read(connection => Read(connection, beginning, events), 0) : 0;
        if (runs == 0 && beginning is not null)
        {
            // The catalog may have been lost since.
            if (isId) events.AddRange(files.Read(beginning));
            if (events.Count == 0) throw new BackupException(BackupError.RunNotFound, $"No run on this host has an id that begins with '{query.RunId}'.", query.RunId);
        }

        events.RemoveAll(item => !query.Matches(item));
        return events;
    }

    /// <summary>Removes what is older than a year, of full months, from the catalog and from the folder. The runs themselves stay.</summary>
    /// <exception cref="BackupException">The catalog cannot be used.</exception>
    public void RemoveOld()
    {
        DateTime now = timeProvider.GetUtcNow().UtcDateTime;
        DateTime first = new DateTime(now.Year, now.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(-MonthsKept);
        files.RemoveBefore(first);
        catalog.Write(connection =>
        {
            using SqliteCommand delete = connection.Prepare("DELETE FROM run_events WHERE run_id IN (SELECT run_id FROM runs WHERE started < $first)");
            return delete.Bind("$first", first.Ticks).ExecuteNonQuery();
        });
    }

    /// <summary>Makes these the events of a run, in a transaction that the caller has begun.</summary>
    internal static void Replace(SqliteConnection connection, string runId, IReadOnlyList<BackupEvent> events)
    {
        using (SqliteCommand delete = connection.Prepare("DELETE FROM run_events WHERE run_id = $run")) delete.Bind("$run", runId).ExecuteNonQuery();
        if (events.Count == 0) return;
        using SqliteCommand insert = connection.Prepare(
            """
            INSERT INTO run_events (run_id, sequence, time, phase, kind, path, error_id, message, attempt, duration)
            VALUES ($run, $sequence, $time, $phase, $kind, $path, $error, $message, $attempt, $duration)
            """);
        insert.Bind("$run", runId);
        foreach (BackupEvent item in events)
        {
            insert
                .Bind("$sequence", item.Sequence)
                .Bind("$time", item.Time.UtcTicks)
                .Bind("$phase", item.Phase)
                .Bind("$kind", item.Kind)
                .Bind("$path", PathText.Escape(item.Path))
                .Bind("$error", item.ErrorId)
                .Bind("$message", PathText.Escape(item.Message))
                .Bind("$attempt", item.Attempt)
                .Bind("$duration", item.Duration.Ticks)
                .ExecuteNonQuery();
        }
    }

    /// <summary>The faults of a run, each as a line.</summary>
    internal static string[] ReadFaults(SqliteCommand events, string runId) =>
        [.. Read(events, runId).Where(static item => item.Kind == BackupEventKind.Fault).Select(static item => $"{item.ErrorId}: {PathText.ToDisplay(item.Path)}: {item.Message}")];

    /// <summary>A statement for the events of one run.</summary>
    internal static SqliteCommand PrepareRead(SqliteConnection connection) =>
        connection.Prepare("SELECT run_id, sequence, time, phase, kind, path, error_id, message, attempt, duration FROM run_events WHERE run_id = $run ORDER BY sequence");

    private static List<BackupEvent> Read(SqliteCommand events, string runId)
    {
        using SqliteDataReader row = events.Bind("$run", runId).ExecuteReader();
        var found = new List<BackupEvent>();
        while (row.Read())
        {
            found.Add(new BackupEvent
            {
                RunId = row.GetString(0),
                Sequence = row.GetInt32(1),
                Time = new DateTime(row.GetInt64(2), DateTimeKind.Utc),
                Phase = row.GetString(3),
                Kind = row.GetString(4),
                Path = PathText.Unescape(row.GetString(5)),
                ErrorId = row.GetString(6),
                Message = PathText.Unescape(row.GetString(7)),
                Attempt = row.GetInt32(8),
                Duration = new TimeSpan(row.GetInt64(9)),
            });
        }

        return found;
    }

    // How many runs there are whose id begins so; their events are added.
    private int Read(SqliteConnection connection, string? beginning, List<BackupEvent> events)
    {
        // Ids are hexadecimal digits, all of which sort before g.
        using SqliteCommand select = connection.Prepare("SELECT run_id FROM runs WHERE $beginning IS NULL OR (run_id >= $beginning AND run_id < $beginning || 'g') ORDER BY started, run_id");
        using SqliteCommand ofRun = PrepareRead(connection);
        using SqliteDataReader row = select.Bind("$beginning", beginning).ExecuteReader();
        int runs = 0;
        for (; row.Read(); runs++)
        {
            List<BackupEvent> recorded = Read(ofRun, row.GetString(0));
            events.AddRange(recorded.Count > 0 ? recorded : files.Read(row.GetString(0)));
        }

        return runs;
    }
}
