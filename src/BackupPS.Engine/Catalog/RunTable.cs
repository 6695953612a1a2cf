using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Runs of operations on this host, with their faults.</summary>
internal sealed class RunTable(CatalogDatabase catalog, TimeProvider timeProvider)
{
    /// <summary>How many faults of a run are stored: enough to see what is wrong, and a bound for a source where nothing can be read.</summary>
    public const int MaxFaults = 1000;

    private const string Interrupted = "Interrupted";

    /// <summary>Records that a run begins, with status <c>Running</c>. Runs whose process is gone are marked <c>Interrupted</c> for good on the way.</summary>
    /// <returns>What <see cref="End"/> needs.</returns>
    public StartedRun Begin(RunStart start) => Begin(start, ProcessIdentity.Current());

    /// <summary>The same for another process.</summary>
    internal StartedRun Begin(RunStart start, ProcessIdentity process)
    {
        ArgumentNullException.ThrowIfNull(start);
        var run = new StartedRun(RandomNumberGenerator.GetHexString(32, lowercase: true), start, timeProvider.GetUtcNow().UtcDateTime, process);
        return catalog.Write(connection =>
        {
            MarkInterrupted(connection);
            Insert(connection, run);
            return run;
        });
    }

    /// <summary>Records how a run ended, whatever its row says by now, and also where its row is gone.</summary>
    public void End(StartedRun run, RunEnd end)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(end);
        catalog.Write(connection =>
        {
            Insert(connection, run);
            connection.Execute(
                """
                UPDATE runs SET status = $status, duration = $duration, snapshot_id = $snapshot, type = coalesce($type, type), repository_id = coalesce($repository, repository_id),
                    file_count = $files, bytes_processed = $processed, bytes_stored = $stored, fault_count = $faults, error_id = $error, message = $message
                WHERE run_id = $run
                """,
                ("$status", end.Status),
                ("$duration", end.Duration.Ticks),
                ("$snapshot", end.SnapshotId),
                ("$type", (object?)end.Type ?? DBNull.Value),
                ("$repository", (object?)end.RepositoryId ?? DBNull.Value),
                ("$files", end.FileCount),
                ("$processed", end.BytesProcessed),
                ("$stored", end.BytesStored),
                ("$faults", end.FaultCount),
                ("$error", end.Error?.Id ?? ""),
                ("$message", PathText.Escape(end.Message)),
                ("$run", run.RunId));
            ReplaceFaults(connection, run.RunId, end.Faults);
            return 0;
        });
    }

    /// <summary>Runs, the latest first. A run whose process is gone is <c>Interrupted</c>, also where that is not recorded yet.</summary>
    /// <param name="policyName">Only those of this policy, compared without case; <see langword="null"/>: all.</param>
    /// <param name="status">Only those with this status, compared without case; <see langword="null"/>: all.</param>
    /// <param name="since">Only those that began then (UTC) or later; <see langword="null"/>: all.</param>
    /// <param name="last">Only the latest so many; 0: all.</param>
    public IReadOnlyList<BackupRun> List(string? policyName = null, string? status = null, DateTime? since = null, int last = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(last);
        return catalog.Read(connection => List(connection, policyName, status, since, last), []);
    }

    private static List<BackupRun> List(SqliteConnection connection, string? policyName, string? status, DateTime? since, int last)
    {
        // First those that say that they run, which are few: what SQL sees of the others is final.
        string[] gone = [.. RunsOfEndedProcesses(connection)];
        using SqliteCommand command = connection.Prepare(
            """
            SELECT run_id, operation, seen, repository, repository_id, policy_name, snapshot_id, type, started, duration,
                file_count, bytes_processed, bytes_stored, fault_count, error_id, message, host_name
            FROM (SELECT *, CASE WHEN status = 'Running' AND run_id IN (SELECT value FROM json_each($gone)) THEN 'Interrupted' ELSE status END AS seen FROM runs)
            WHERE ($policy IS NULL OR policy_key = $policy) AND ($status IS NULL OR seen = $status COLLATE NOCASE) AND started >= $since
            ORDER BY started DESC, run_id DESC LIMIT $last
            """,
            ("$gone", "[" + string.Join(',', gone.Select(id => $"\"{id}\"")) + "]"),
            ("$policy", policyName is null ? DBNull.Value : RegisteredName.Key(policyName)),
            ("$status", (object?)status ?? DBNull.Value),
            ("$since", since?.Ticks ?? 0),
            ("$last", last == 0 ? -1 : last));
        using SqliteCommand faults = connection.Prepare("SELECT error_id, path, reason FROM run_faults WHERE run_id = $run ORDER BY ordinal");
        SqliteParameter faultsOf = faults.Parameters.Add("$run", SqliteType.Text);
        using SqliteDataReader row = command.ExecuteReader();
        var runs = new List<BackupRun>();
        while (row.Read())
        {
            faultsOf.Value = row.GetString(0);
            runs.Add(Row(row, row.GetInt32(13) == 0 ? [] : ReadFaults(faults)));
        }

        return runs;
    }

    private static BackupRun Row(SqliteDataReader row, string[] faults) => new()
    {
        RunId = row.GetString(0),
        Operation = row.GetString(1),
        Status = row.GetString(2),
        Repository = PathText.Unescape(row.GetString(3)),
        RepositoryId = row.GetString(4),
        PolicyName = row.GetString(5),
        SnapshotId = row.GetString(6),
        Type = row.GetString(7),
        Started = new DateTime(row.GetInt64(8), DateTimeKind.Utc),
        Duration = new TimeSpan(row.GetInt64(9)),
        FileCount = row.GetInt64(10),
        BytesProcessed = row.GetInt64(11),
        BytesStored = row.GetInt64(12),
        FaultCount = row.GetInt32(13),
        Faults = faults,
        ErrorId = row.GetString(14),
        Message = PathText.Unescape(row.GetString(15)),
        HostName = row.GetString(16),
    };

    private static string[] ReadFaults(SqliteCommand faults)
    {
        using SqliteDataReader row = faults.ExecuteReader();
        var lines = new List<string>();
        while (row.Read()) lines.Add($"{row.GetString(0)}: {PathText.ToDisplay(PathText.Unescape(row.GetString(1)))}: {PathText.Unescape(row.GetString(2))}");
        return [.. lines];
    }

    private static void Insert(SqliteConnection connection, StartedRun run) => connection.Execute(
        """
        INSERT INTO runs (run_id, operation, status, repository, repository_id, policy_key, policy_name, type, started, host_name, process_id, process_start)
        VALUES ($run, $operation, 'Running', $repository, $repositoryId, $policyKey, $policy, $type, $started, $host, $process, $processStart)
        ON CONFLICT (run_id) DO NOTHING
        """,
        ("$run", run.RunId),
        ("$operation", run.Start.Operation),
        ("$repository", PathText.Escape(run.Start.Repository)),
        ("$repositoryId", run.Start.RepositoryId),
        ("$policyKey", RegisteredName.Key(run.Start.PolicyName)),
        ("$policy", run.Start.PolicyName),
        ("$type", run.Start.Type),
        ("$started", run.Started.Ticks),
        ("$host", run.Start.HostName),
        ("$process", run.Process.ProcessId),
        ("$processStart", run.Process.Start));

    private static void ReplaceFaults(SqliteConnection connection, string runId, IReadOnlyList<BackupFault> faults)
    {
        connection.Execute("DELETE FROM run_faults WHERE run_id = $run", ("$run", runId));
        using SqliteCommand insert = connection.Prepare("INSERT INTO run_faults (run_id, ordinal, error_id, path, reason) VALUES ($run, $ordinal, $error, $path, $reason)", ("$run", runId));
        SqliteParameter ordinal = insert.Parameters.Add("$ordinal", SqliteType.Integer);
        SqliteParameter error = insert.Parameters.Add("$error", SqliteType.Text);
        SqliteParameter path = insert.Parameters.Add("$path", SqliteType.Text);
        SqliteParameter reason = insert.Parameters.Add("$reason", SqliteType.Text);
        for (int i = 0; i < Math.Min(faults.Count, MaxFaults); i++)
        {
            ordinal.Value = i;
            error.Value = faults[i].Error.Id;
            path.Value = PathText.Escape(faults[i].Path);
            reason.Value = PathText.Escape(faults[i].Reason);
            insert.ExecuteNonQuery();
        }
    }

    private static void MarkInterrupted(SqliteConnection connection)
    {
        foreach (string runId in RunsOfEndedProcesses(connection))
            connection.Execute("UPDATE runs SET status = $status WHERE run_id = $run", ("$status", Interrupted), ("$run", runId));
    }

    private static IEnumerable<string> RunsOfEndedProcesses(SqliteConnection connection) => connection
        .Query(
            "SELECT run_id, process_id, process_start FROM runs WHERE status = 'Running'",
            row => (RunId: row.GetString(0), Process: new ProcessIdentity(row.GetInt32(1), row.GetString(2))))
        .Where(run => run.Process.HasEnded())
        .Select(run => run.RunId);
}
