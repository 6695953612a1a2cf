namespace BackupPS.Engine.Catalog;

/// <summary>
/// The schema, as the steps that led to it: number n (from 1) takes a catalog from version n - 1 to n. A step that was released never changes.
/// Times are .NET ticks (UTC), durations too. Columns that may hold paths are written by <see cref="PathText.Escape"/>.
/// </summary>
internal static class CatalogMigrations
{
    /// <summary>Every step, oldest first.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        """
        CREATE TABLE repositories (
            name_key      TEXT NOT NULL PRIMARY KEY,
            name          TEXT NOT NULL,
            repository_id TEXT NOT NULL,
            path          TEXT NOT NULL,
            registered    INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE policies (
            name_key      TEXT NOT NULL PRIMARY KEY,
            repository_id TEXT NOT NULL,
            document      TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE runs (
            run_id          TEXT NOT NULL PRIMARY KEY,
            operation       TEXT NOT NULL,
            status          TEXT NOT NULL,
            repository      TEXT NOT NULL,
            repository_id   TEXT NOT NULL,
            policy_key      TEXT NOT NULL,
            policy_name     TEXT NOT NULL,
            snapshot_id     TEXT NOT NULL DEFAULT '',
            type            TEXT NOT NULL,
            started         INTEGER NOT NULL,
            duration        INTEGER NOT NULL DEFAULT 0,
            file_count      INTEGER NOT NULL DEFAULT 0,
            bytes_processed INTEGER NOT NULL DEFAULT 0,
            bytes_stored    INTEGER NOT NULL DEFAULT 0,
            fault_count     INTEGER NOT NULL DEFAULT 0,
            error_id        TEXT NOT NULL DEFAULT '',
            message         TEXT NOT NULL DEFAULT '',
            host_name       TEXT NOT NULL,
            process_id      INTEGER NOT NULL,
            process_start   TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX runs_by_start ON runs (started);
        CREATE INDEX runs_under_way ON runs (run_id) WHERE status = 'Running';

        CREATE TABLE run_faults (
            run_id   TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
            ordinal  INTEGER NOT NULL,
            error_id TEXT NOT NULL,
            path     TEXT NOT NULL,
            reason   TEXT NOT NULL,
            PRIMARY KEY (run_id, ordinal)
        ) WITHOUT ROWID;

        CREATE TABLE snapshots (
            repository_id TEXT NOT NULL,
            snapshot_id   TEXT NOT NULL,
            length        INTEGER NOT NULL,
            document      TEXT NOT NULL,
            PRIMARY KEY (repository_id, snapshot_id)
        );

        CREATE TABLE heads (
            repository_id TEXT NOT NULL,
            policy_key    TEXT NOT NULL,
            host_id       TEXT NOT NULL,
            sequence      INTEGER NOT NULL,
            snapshot_id   TEXT NOT NULL,
            PRIMARY KEY (repository_id, policy_key, host_id)
        ) WITHOUT ROWID;
        """,

        // A cache, so that nothing is carried over: policy and host have columns of their own, so that a run looks into the snapshots of its line alone.
        """
        DROP TABLE snapshots;

        CREATE TABLE snapshots (
            repository_id TEXT NOT NULL,
            snapshot_id   TEXT NOT NULL,
            length        INTEGER NOT NULL,
            host_id       TEXT NOT NULL,
            policy_key    TEXT NOT NULL,
            document      BLOB NOT NULL,
            PRIMARY KEY (repository_id, snapshot_id)
        ) WITHOUT ROWID;
        """,

        // What an optimization waits for.
        """
        CREATE TABLE retirements (
            repository_id TEXT NOT NULL,
            retirement_id TEXT NOT NULL,
            sessions      TEXT NOT NULL,
            PRIMARY KEY (repository_id, retirement_id)
        ) WITHOUT ROWID;

        CREATE TABLE watched_sessions (
            repository_id TEXT NOT NULL,
            session_id    TEXT NOT NULL,
            beat          INTEGER NOT NULL,
            since         INTEGER NOT NULL,
            PRIMARY KEY (repository_id, session_id)
        ) WITHOUT ROWID;
        """,

        // Faults are events. Of those that were recorded before there were others, only the run's beginning is known.
        """
        ALTER TABLE runs ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE run_events (
            run_id   TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
            sequence INTEGER NOT NULL,
            time     INTEGER NOT NULL,
            phase    TEXT NOT NULL,
            kind     TEXT NOT NULL,
            path     TEXT NOT NULL,
            error_id TEXT NOT NULL,
            message  TEXT NOT NULL,
            attempt  INTEGER NOT NULL,
            duration INTEGER NOT NULL,
            PRIMARY KEY (run_id, sequence)
        ) WITHOUT ROWID;

        INSERT INTO run_events (run_id, sequence, time, phase, kind, path, error_id, message, attempt, duration)
        SELECT run_id, ordinal + 1, started, '', 'Fault', path, run_faults.error_id, reason, 0, 0 FROM run_faults JOIN runs USING (run_id);

        DROP TABLE run_faults;
        """,

        // By their ids: what a verification has read cannot be told from its time, for a backup that had begun before it may have ended after it, and clocks are set.
        """
        CREATE TABLE verified_snapshots (
            repository_id TEXT NOT NULL,
            snapshot_id   TEXT NOT NULL,
            PRIMARY KEY (repository_id, snapshot_id)
        ) WITHOUT ROWID;
        """,

        // What a verification, or a backup, has found to be damaged: later backups store again what is in it.
        """
        CREATE TABLE damaged_packs (
            repository_id TEXT NOT NULL,
            pack          TEXT NOT NULL,
            PRIMARY KEY (repository_id, pack)
        ) WITHOUT ROWID;
        """,

        // What was ever seen of a repository, so that what is missing from it does not pass for never having been there. It takes over what the other tables know.
        """
        CREATE TABLE seen_snapshots (
            repository_id TEXT NOT NULL,
            snapshot_id   TEXT NOT NULL,
            note          INTEGER NOT NULL,
            PRIMARY KEY (repository_id, snapshot_id)
        ) WITHOUT ROWID;

        INSERT OR IGNORE INTO seen_snapshots (repository_id, snapshot_id, note) SELECT repository_id, snapshot_id, -1 FROM heads;
        INSERT OR IGNORE INTO seen_snapshots (repository_id, snapshot_id, note) SELECT repository_id, snapshot_id, -1 FROM snapshots;
        INSERT OR IGNORE INTO seen_snapshots (repository_id, snapshot_id, note) SELECT repository_id, snapshot_id, -1 FROM verified_snapshots;
        INSERT OR IGNORE INTO seen_snapshots (repository_id, snapshot_id, note) SELECT repository_id, snapshot_id, -1 FROM runs WHERE operation = 'Backup' AND snapshot_id <> '';
        """,
    ];
}
