using System.Security.Cryptography;
using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Runs of operations on this host.</summary>
internal sealed class RunTable(CatalogDatabase catalog, TimeProvider timeProvider)
{
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
            using SqliteCommand update = connection.Prepare(
                """
                UPDATE runs SET status = $status, duration = $duration, snapshot_id = $snapshot, type = coalesce($type, type), repository_id = coalesce($repository, repository_id),
                    file_count = $files, bytes_processed = $processed, bytes_stored = $stored, fault_count = $faults, retries = $retries, error_id = $error, message = $message
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
                .Bind("$retries", end.Retries)
                .Bind("$error", end.Error?.Id ?? "")
                .Bind("$message", PathText.Escape(end.Message))
                .Bind("$run", run.RunId)
                .ExecuteNonQuery();
            EventTable.Replace(connection, run.RunId, end.Events);
            using SqliteCommand verified = connection.Prepare("INSERT OR IGNORE INTO verified_snapshots (repository_id, snapshot_id) VALUES ($repository, $snapshot)");
            foreach (string snapshot in end.Verified) verified.Bind("$repository", run.Start.RepositoryId).Bind("$snapshot", snapshot).ExecuteNonQuery();
            if (run.Start.Operation == "Backup" && end.SnapshotId.Length > 0) SeenSnapshotTable.Remember(connection, run.Start.RepositoryId, [KeyValuePair.Create(end.SnapshotId, -1)]);
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

    /// <summary>Snapshots of a repository that a verification on this host has proved whole: every byte that they need was read.</summary>
    public IReadOnlySet<string> ListVerified(string repositoryId) => catalog.Read<IReadOnlySet<string>>(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT snapshot_id FROM verified_snapshots WHERE repository_id = $repository");
            using SqliteDataReader row = select.Bind("$repository", repositoryId).ExecuteReader();
            var verified = new HashSet<string>(StringComparer.Ordinal);
            while (row.Read()) verified.Add(row.GetString(0));
            return verified;
        },
        new HashSet<string>());

    private StartedRun Prepare(RunStart start, ProcessIdentity process)
    {
        ArgumentNullException.ThrowIfNull(start);
        return new StartedRun(RandomNumberGenerator.GetHexString(32, lowercase: true), start, timeProvider.GetUtcNow().UtcDateTime, process);
    }

    private static List<BackupRun> List(SqliteConnection connection, string? policyName, string? status, DateTime? since, int last)
    {
        // First those that say that they run, which are few: what SQL sees of the others is final.
        // Their ids all have the same length, so that a search in a list of them is exact; json_each would need a SQLite that was built with JSON.
        List<string> gone = RunsOfEndedProcesses(connection);
        using SqliteCommand select = connection.Prepare(
            """
            SELECT run_id, operation, seen, repository, repository_id, policy_name, snapshot_id, type, started, duration,
                file_count, bytes_processed, bytes_stored, fault_count, error_id, message, host_name, retries
            FROM (SELECT *, CASE WHEN status = 'Running' AND instr($gone, run_id) THEN 'Interrupted' ELSE status END AS seen FROM runs)
            WHERE ($policy IS NULL OR policy_key = $policy) AND ($status IS NULL OR seen = $status COLLATE NOCASE) AND started >= $since
            ORDER BY started DESC, run_id DESC LIMIT $last
            """);
        select
            .Bind("$gone", string.Join(',', gone))
            .Bind("$policy", policyName is null ? null : RegisteredName.Key(policyName))
            .Bind("$status", status)
            .Bind("$since", since?.Ticks ?? 0)
            .Bind("$last", last == 0 ? -1 : last);
        using SqliteCommand events = EventTable.PrepareRead(connection);
        using SqliteDataReader row = select.ExecuteReader();
        var runs = new List<BackupRun>();
        while (row.Read()) runs.Add(Row(row, row.GetInt32(13) == 0 ? [] : EventTable.ReadFaults(events, row.GetString(0))));
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
        Retries = row.GetInt32(17),
    };

    private static void Insert(SqliteConnection connection, StartedRun run)
    {
        using SqliteCommand insert = connection.Prepare(
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
            .ExecuteNonQuery();
    }

    private static void MarkInterrupted(SqliteConnection connection)
    {
        foreach (string runId in RunsOfEndedProcesses(connection))
        {
            using SqliteCommand update = connection.Prepare("UPDATE runs SET status = $status WHERE run_id = $run");
            update.Bind("$status", Interrupted).Bind("$run", runId).ExecuteNonQuery();
        }
    }

    private static List<string> RunsOfEndedProcesses(SqliteConnection connection)
    {
        using SqliteCommand select = connection.Prepare("SELECT run_id, process_id, process_start FROM runs WHERE status = 'Running'");
        using SqliteDataReader row = select.ExecuteReader();
        var ended = new List<string>();
        while (row.Read())
        {
            if (new ProcessIdentity(row.GetInt32(1), row.GetString(2)).HasEnded()) ended.Add(row.GetString(0));
        }

        return ended;
    }
}
