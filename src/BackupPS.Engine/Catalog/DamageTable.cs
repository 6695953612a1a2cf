using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Packs that this host has found to be damaged.</summary>
internal sealed class DamageTable(CatalogDatabase catalog)
{
    /// <summary>The names of a repository's damaged packs.</summary>
    public IReadOnlySet<string> List(string repositoryId) => catalog.Read<IReadOnlySet<string>>(connection => List(connection, repositoryId), new HashSet<string>());

    /// <summary>Takes note of packs that were read. Where that changes nothing, nothing is written.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="damaged">Those that are damaged.</param>
    /// <param name="read">Those that were read to the last byte; <see langword="null"/>: all.</param>
    /// <returns>How many names were added and taken away.</returns>
    public int Update(string repositoryId, IReadOnlyCollection<string> damaged, IReadOnlyCollection<string>? read)
    {
        IReadOnlySet<string> known = List(repositoryId);
        HashSet<string> found = [.. damaged];
        string[] whole = [.. known.Where(pack => !found.Contains(pack) && read?.Contains(pack) != false)];
        found.ExceptWith(known);
        if (whole.Length + found.Count == 0) return 0;
        return catalog.Write(connection =>
        {
            foreach (string pack in whole)
            {
                using SqliteCommand delete = connection.Prepare("DELETE FROM damaged_packs WHERE repository_id = $repository AND pack = $pack");
                delete.Bind("$repository", repositoryId).Bind("$pack", pack).ExecuteNonQuery();
            }

            foreach (string pack in found)
            {
                using SqliteCommand insert = connection.Prepare("INSERT OR IGNORE INTO damaged_packs (repository_id, pack) VALUES ($repository, $pack)");
                insert.Bind("$repository", repositoryId).Bind("$pack", pack).ExecuteNonQuery();
            }

            return whole.Length + found.Count;
        });
    }

    private static HashSet<string> List(SqliteConnection connection, string repositoryId)
    {
        using SqliteCommand select = connection.Prepare("SELECT pack FROM damaged_packs WHERE repository_id = $repository");
        using SqliteDataReader row = select.Bind("$repository", repositoryId).ExecuteReader();
        var packs = new HashSet<string>(StringComparer.Ordinal);
        while (row.Read()) packs.Add(row.GetString(0));
        return packs;
    }
}
