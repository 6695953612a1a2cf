using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>Reads what <c>retired/</c> names.</summary>
internal static class RetiredPacks
{
    private const int MaximumRounds = 30;

    /// <summary>Every pack that some object below <c>retired/</c> names: for a writer its copies count as absent (DESIGN section 6).</summary>
    public static async Task<IReadOnlySet<string>> LoadAsync(Repository repository, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            var packs = new HashSet<string>(StringComparer.Ordinal);
            bool whole = true;
            await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Retired, cancellationToken))
            {
                if (!RepositoryLayout.IsOurs(item.Name)) continue;
                SealedType type = item.Name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal) ? SealedType.Swept : SealedType.Retired;
                RetiredRecord? record = await repository.ReadRecordAsync(type, item.Name, RepositoryJson.Default.RetiredRecord, cancellationToken);

                // Listed and gone: its decision has been put, and the next listing shows that.
                if (record is null)
                {
                    whole = false;
                    break;
                }

                packs.UnionWith(record.Packs);
            }

            if (whole) return packs;
            if (round == MaximumRounds) throw new BackupException(BackupError.StoreUnreachable, $"The list of retired packs at '{repository.Store.Location}' changed {round} times while it was read.", repository.Store.Location);
        }
    }
}
