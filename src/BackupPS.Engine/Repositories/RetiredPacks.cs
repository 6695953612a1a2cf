using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>What <c>retired/</c> names at one time (DESIGN section 6).</summary>
internal sealed class RetiredPacks
{
    private const int MaximumRounds = 30;

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
        for (int round = 1; round <= MaximumRounds; round++)
        {
            var packs = new RetiredPacks();
            if (await packs.TryReadAsync(repository, cancellationToken)) return packs;
        }

        throw new BackupException(BackupError.StoreUnreachable, $"The list of retired packs at '{repository.Store.Location}' changed {MaximumRounds} times while it was read.", repository.Store.Location);
    }

    private async Task<bool> TryReadAsync(Repository repository, CancellationToken cancellationToken)
    {
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Retired, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            bool isDecision = item.Name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal);
            RetiredRecord? record = await repository.ReadRecordAsync(isDecision ? SealedType.Swept : SealedType.Retired, item.Name, RepositoryJson.Default.RetiredRecord, cancellationToken);

            // Listed and gone: its decision has been put, and the next listing shows that.
            if (record is null) return false;
            All.UnionWith(record.Packs);
            if (isDecision) Swept.UnionWith(record.Packs);
            (isDecision ? decided : standing)[RepositoryLayout.LastSegment(item.Name)[..RepositoryLayout.IdLength]] = record.Packs;
        }

        return true;
    }
}
