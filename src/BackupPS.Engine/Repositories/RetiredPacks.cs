using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>What <c>retired/</c> names at one time (DESIGN section 6).</summary>
internal sealed class RetiredPacks
{
    private readonly Dictionary<string, string[]> standing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> decided = new(StringComparer.Ordinal);

    private RetiredPacks()
    {
    }

    /// <summary>Packs that pruners mean to drop and have not decided about, by the id of the retirement.</summary>
    public IEnumerable<KeyValuePair<string, string[]>> Undecided => standing.Where(r => !decided.ContainsKey(r.Key));

    /// <summary>Decisions whose sweep has not been ended: the packs that go, by the id of the retirement.</summary>
    public IEnumerable<KeyValuePair<string, string[]>> Unswept => decided.Where(r => standing.ContainsKey(r.Key));

    /// <summary>Packs that were decided to go: they are dead for ever, whatever an index says.</summary>
    public HashSet<string> Swept { get; } = new(StringComparer.Ordinal);

    /// <summary>Every pack that some object names: for a writer its copies count as absent.</summary>
    public HashSet<string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads it.</summary>
    public static async Task<RetiredPacks> LoadAsync(Repository repository, CancellationToken cancellationToken)
    {
        var packs = new RetiredPacks();
        var known = new DecisionCache(repository.IndexCache);
        var listed = new HashSet<string>(StringComparer.Ordinal);

        // Twice: of an announcement that goes while it is listed, and of its decision, which has come meanwhile, one listing may show neither. The decision stands
        // before the announcement goes, and stays: a listing that begins after that shows it.
        for (int listing = 1; listing <= 2; listing++)
        {
            await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Retired, cancellationToken))
            {
                if (!RepositoryLayout.IsOurs(item.Name) || !listed.Add(item.Name)) continue;
                string id = RepositoryLayout.LastSegment(item.Name)[..RepositoryLayout.IdLength];
                bool isDecision = item.Name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal);
                RetiredRecord? record = isDecision
                    ? FindDecision(repository, known, id, item) ?? await ReadDecisionAsync(repository, known, id, item.Name, cancellationToken)
                    : await repository.ReadRecordAsync(SealedType.Retired, item.Name, RepositoryJson.Default.RetiredRecord, cancellationToken);

                // Listed and gone, as above. What comes only in the second listing and goes again was announced too late to matter here: whoever announced it waits for
                // the sessions that stood, and saw what was announced.
                if (record is null) continue;
                packs.All.UnionWith(record.Packs);
                if (isDecision) packs.Swept.UnionWith(record.Packs);
                (isDecision ? packs.decided : packs.standing)[id] = record.Packs;
            }
        }

        known.Save();
        return packs;
    }

    private static RetiredRecord? FindDecision(Repository repository, DecisionCache known, string id, StoredObject item)
    {
        ReadOnlyMemory<byte> bytes = known.Find(id, item.Length);
        if (bytes.IsEmpty) return null;
        try
        {
            RetiredRecord record = repository.OpenRecord(SealedType.Swept, item.Name, RepositoryJson.Default.RetiredRecord, bytes.Span);
            known.Keep(id, bytes, isNew: false);
            return record;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            // The file was changed: the repository tells.
            return null;
        }
    }

    private static async Task<RetiredRecord?> ReadDecisionAsync(Repository repository, DecisionCache known, string id, string name, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.GetRecordBytesAsync(name, cancellationToken);
        if (bytes is null) return null;
        RetiredRecord record = repository.OpenRecord(SealedType.Swept, name, RepositoryJson.Default.RetiredRecord, bytes);
        known.Keep(id, bytes, isNew: true);
        return record;
    }
}
