using System.Security.Cryptography;

namespace BackupPS.Engine.Catalog;

/// <summary>Runs of operations on this host, with their faults.</summary>
internal sealed class RunTable(CatalogDatabase catalog, TimeProvider timeProvider)
{
    /// <summary>How many faults of a run are stored: enough to see what is wrong, and a bound for a source where nothing can be read.</summary>
    public const int MaxFaults = 1000;

    private const string Interrupted = "Interrupted";

    /// <summary>A run that begins now in this process, with a random id. Nothing is recorded yet.</summary>
    public StartedRun Prepare(RunStart start) => Prepare(start, ProcessIdentity.Current());

    /// <summary>Records that a run begins, with status <c>Running</c>. Runs whose process is gone are marked <c>Interrupted</c> for good on the way.</summary>
    public void Begin(StartedRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        catalog.Write(connection =>
        {
            MarkInterrupted(connection);
            Insert(connection, run);
            return 0;
        });
    }

    /// <summary>Both at once.</summary>
    /// <returns>What <see cref="End"/> needs.</returns>
    public StartedRun Begin(RunStart start) => Begin(start, ProcessIdentity.Current());

    /// <summary>The same for another process.</summary>
    internal StartedRun Begin(RunStart start, ProcessIdentity process)
    {
        StartedRun run = Prepare(start, process);
        Begin(run);
        return run;
    }

    /// <summary>Records how a run ended, whatever its row says by now, and also where its row is gone.</summary>
    public void End(StartedRun run, RunEnd end)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(end);
        catalog.Write(connection =>
        {
            Insert(connection, run);
            using SqliteStatement update = connection.Prepare(
                """
                UPDATE runs SET status = $status, duration = $duration, snapshot_id = $snapshot, type = coalesce($type, type), repository_id = coalesce($repository, repository_id),
                    file_count = $files, bytes_processed = $processed, bytes_stored = $stored, fault_count = $faults, error_id = $error, message = $message
                WHERE run_id = $run
                """);
            update
                .Bind("$status", end.Status)
                .Bind("$duration", end.Duration.Ticks)
                .Bind("$snapshot", end.SnapshotId)
                .Bind("$type", end.Type)
                .Bind("$repository", end.RepositoryId)
                .Bind("$files", end.FileCount)
                .Bind("$processed", end.BytesProcessed)
                .Bind("$stored", end.BytesStored)
                .Bind("$faults", end.FaultCount)
                .Bind("$error", end.Error?.Id ?? "")
                .Bind("$message", PathText.Escape(end.Message))
                .Bind("$run", run.RunId)
                .Execute();
            ReplaceFaults(connection, run.RunId, end.Faults);
            if (end.Head is { } head) HeadTable.Remember(connection, run.Start.RepositoryId, run.Start.PolicyName, head.HostId, head.Snapshot);
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

    private StartedRun Prepare(RunStart start, ProcessIdentity process)
    {
        ArgumentNullException.ThrowIfNull(start);
        return new StartedRun(RandomNumberGenerator.GetHexString(32, lowercase: true), start, timeProvider.GetUtcNow().UtcDateTime, process);
    }

    private static List<BackupRun> List(SqliteConnection connection, string? policyName, string? status, DateTime? since, int last)
    {
        // First those that say that they run, which are few: what SQL sees of the others is final.
        List<string> gone = RunsOfEndedProcesses(connection);
        using SqliteStatement row = connection.Prepare(
            """
            SELECT run_id, operation, seen, repository, repository_id, policy_name, snapshot_id, type, started, duration,
                file_count, bytes_processed, bytes_stored, fault_count, error_id, message, host_name
            FROM (SELECT *, CASE WHEN status = 'Running' AND run_id IN (SELECT value FROM json_each($gone)) THEN 'Interrupted' ELSE status END AS seen FROM runs)
            WHERE ($policy IS NULL OR policy_key = $policy) AND ($status IS NULL OR seen = $status COLLATE NOCASE) AND started >= $since
            ORDER BY started DESC, run_id DESC LIMIT $last
            """);
        row
            .Bind("$gone", gone.Count == 0 ? "[]" : "[\"" + string.Join("\",\"", gone) + "\"]")
            .Bind("$policy", policyName is null ? null : RegisteredName.Key(policyName))
            .Bind("$status", status)
            .Bind("$since", since?.Ticks ?? 0)
            .Bind("$last", last == 0 ? -1 : last);
        using SqliteStatement faults = connection.Prepare("SELECT error_id, path, reason FROM run_faults WHERE run_id = $run ORDER BY ordinal");
        var runs = new List<BackupRun>();
        while (row.Step()) runs.Add(Row(row, row.Number(13) == 0 ? [] : ReadFaults(faults, row.Text(0))));
        return runs;
    }

    private static BackupRun Row(SqliteStatement row, string[] faults) => new()
    {
        RunId = row.Text(0),
        Operation = row.Text(1),
        Status = row.Text(2),
        Repository = PathText.Unescape(row.Text(3)),
        RepositoryId = row.Text(4),
        PolicyName = row.Text(5),
        SnapshotId = row.Text(6),
        Type = row.Text(7),
        Started = new DateTime(row.Number(8), DateTimeKind.Utc),
        Duration = new TimeSpan(row.Number(9)),
        FileCount = row.Number(10),
        BytesProcessed = row.Number(11),
        BytesStored = row.Number(12),
        FaultCount = (int)row.Number(13),
        Faults = faults,
        ErrorId = row.Text(14),
        Message = PathText.Unescape(row.Text(15)),
        HostName = row.Text(16),
    };

    private static string[] ReadFaults(SqliteStatement faults, string runId)
    {
        faults.Reset();
        faults.Bind("$run", runId);
        var lines = new List<string>();
        while (faults.Step()) lines.Add($"{faults.Text(0)}: {PathText.ToDisplay(PathText.Unescape(faults.Text(1)))}: {PathText.Unescape(faults.Text(2))}");
        return [.. lines];
    }

    private static void Insert(SqliteConnection connection, StartedRun run)
    {
        using SqliteStatement insert = connection.Prepare(
            """
            INSERT INTO runs (run_id, operation, status, repository, repository_id, policy_key, policy_name, type, started, host_name, process_id, process_start)
            VALUES ($run, $operation, 'Running', $repository, $repositoryId, $policyKey, $policy, $type, $started, $host, $process, $processStart)
            ON CONFLICT (run_id) DO NOTHING
            """);
        insert
            .Bind("$run", run.RunId)
            .Bind("$operation", run.Start.Operation)
            .Bind("$repository", PathText.Escape(run.Start.Repository))
            .Bind("$repositoryId", run.Start.RepositoryId)
            .Bind("$policyKey", RegisteredName.Key(run.Start.PolicyName))
            .Bind("$policy", run.Start.PolicyName)
            .Bind("$type", run.Start.Type)
            .Bind("$started", run.Started.Ticks)
            .Bind("$host", run.Start.HostName)
            .Bind("$process", run.Process.ProcessId)
            .Bind("$processStart", run.Process.Start)
            .Execute();
    }

    private static void ReplaceFaults(SqliteConnection connection, string runId, IReadOnlyList<BackupFault> faults)
    {
        using (SqliteStatement delete = connection.Prepare("DELETE FROM run_faults WHERE run_id = $run")) delete.Bind("$run", runId).Execute();
        if (faults.Count == 0) return;
        using SqliteStatement insert = connection.Prepare("INSERT INTO run_faults (run_id, ordinal, error_id, path, reason) VALUES ($run, $ordinal, $error, $path, $reason)").Bind("$run", runId);
        for (int i = 0; i < Math.Min(faults.Count, MaxFaults); i++)
        {
            insert.Bind("$ordinal", i).Bind("$error", faults[i].Error.Id).Bind("$path", PathText.Escape(faults[i].Path)).Bind("$reason", PathText.Escape(faults[i].Reason)).Execute();
        }
    }

    private static void MarkInterrupted(SqliteConnection connection)
    {
        foreach (string runId in RunsOfEndedProcesses(connection))
        {
            using SqliteStatement update = connection.Prepare("UPDATE runs SET status = $status WHERE run_id = $run");
            update.Bind("$status", Interrupted).Bind("$run", runId).Execute();
        }
    }

    private static List<string> RunsOfEndedProcesses(SqliteConnection connection)
    {
        using SqliteStatement row = connection.Prepare("SELECT run_id, process_id, process_start FROM runs WHERE status = 'Running'");
        var ended = new List<string>();
        while (row.Step())
        {
            if (new ProcessIdentity((int)row.Number(1), row.Text(2)).HasEnded()) ended.Add(row.Text(0));
        }

        return ended;
    }
}
