using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>What an optimization of a repository waits for, and since when sessions in it have not shown life, as seen by this host.</summary>
internal sealed class RetirementTable(CatalogDatabase catalog)
{
    /// <summary>The sessions that a retirement waits for; <see langword="null"/>: not known.</summary>
    public IReadOnlyList<string>? FindSessions(string repositoryId, string retirementId) => catalog.Read<IReadOnlyList<string>?>(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT sessions FROM retirements WHERE repository_id = $repository AND retirement_id = $retirement");
            using SqliteDataReader row = select.Bind("$repository", repositoryId).Bind("$retirement", retirementId).ExecuteReader();
            return row.Read() ? row.GetString(0).Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;
        },
        null);

    /// <summary>Keeps them.</summary>
    public int Remember(string repositoryId, string retirementId, IReadOnlyList<string> sessions) => catalog.Write(connection =>
    {
        using SqliteCommand insert = connection.Prepare("INSERT OR REPLACE INTO retirements (repository_id, retirement_id, sessions) VALUES ($repository, $retirement, $sessions)");
        return insert.Bind("$repository", repositoryId).Bind("$retirement", retirementId).Bind("$sessions", string.Join(' ', sessions)).ExecuteNonQuery();
    });

    /// <summary>Forgets a retirement.</summary>
    public int Forget(string repositoryId, string retirementId) => catalog.Write(connection =>
    {
        using SqliteCommand delete = connection.Prepare("DELETE FROM retirements WHERE repository_id = $repository AND retirement_id = $retirement");
        return delete.Bind("$repository", repositoryId).Bind("$retirement", retirementId).ExecuteNonQuery();
    });

    /// <summary>Takes note of the sessions that stand. Others are forgotten.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="beats">Each session with the number of its latest heartbeat, or -1.</param>
    /// <param name="now">The time (UTC).</param>
    /// <returns>Since when this host has seen each with that heartbeat (UTC).</returns>
    public IReadOnlyDictionary<string, DateTime> Watch(string repositoryId, IReadOnlyDictionary<string, int> beats, DateTime now) => catalog.Write(connection =>
    {
        var since = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        using (SqliteCommand select = connection.Prepare("SELECT session_id, beat, since FROM watched_sessions WHERE repository_id = $repository"))
        using (SqliteDataReader row = select.Bind("$repository", repositoryId).ExecuteReader())
        {
            while (row.Read())
            {
                // A clock that was set back: the watch begins anew, or it would last for as long as the clock was ahead.
                if (beats.TryGetValue(row.GetString(0), out int beat) && beat == row.GetInt32(1)) since[row.GetString(0)] = new DateTime(Math.Min(row.GetInt64(2), now.Ticks), DateTimeKind.Utc);
            }
        }

        using SqliteCommand delete = connection.Prepare("DELETE FROM watched_sessions WHERE repository_id = $repository");
        delete.Bind("$repository", repositoryId).ExecuteNonQuery();
        foreach ((string session, int beat) in beats)
        {
            since.TryAdd(session, now);
            using SqliteCommand insert = connection.Prepare("INSERT INTO watched_sessions (repository_id, session_id, beat, since) VALUES ($repository, $session, $beat, $since)");
            insert.Bind("$repository", repositoryId).Bind("$session", session).Bind("$beat", beat).Bind("$since", since[session].Ticks).ExecuteNonQuery();
        }

        return (IReadOnlyDictionary<string, DateTime>)since;
    });
}
