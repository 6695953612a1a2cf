using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Rewrites index objects that list packs that are gone for good, and joins small ones. It puts the union first, and then deletes only what it has read, so that
/// whatever others add meanwhile stays (DESIGN section 6).
/// </summary>
internal sealed class IndexCompaction(Repository repository, IdSource ids)
{
    // An object of a whole run of eight packs lists some thousand blobs of usual files; every host reads each object that it does not know in a call of its own.
    private const long SmallLength = 256 * 1024;
    private const int ManySmallObjects = 16;

    /// <summary>What an object lists at most: 4 MB, as much as an interrupted call costs.</summary>
    public const int BlobsPerObject = 128 * 1024;

    private readonly ByteWriter scratch = new();
    private readonly List<PackDescription> collected = [];
    private readonly HashSet<string> collectedNames = new(StringComparer.Ordinal);
    private int collectedBlobs;

    /// <summary>Index objects that were replaced.</summary>
    public int Replaced { get; private set; }

    /// <summary>Bytes of index objects put.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Rewrites what is worth it.</summary>
    /// <param name="dead">Packs that were decided to go, now or ever: none of them is listed in what is written.</param>
    /// <param name="afterSweep">Whether some were swept in this run, so that objects are looked for that list one.</param>
    /// <param name="cancellationToken">Ends the call. What was put and what was not deleted lists the same twice, which harms nobody.</param>
    public async Task RunAsync(IReadOnlySet<string> dead, bool afterSweep, CancellationToken cancellationToken)
    {
        var objects = new List<StoredObject>();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Indexes, cancellationToken))
        {
            if (RepositoryLayout.IsOurs(item.Name)) objects.Add(item);
        }

        bool join = objects.Count(static o => o.Length < SmallLength) >= ManySmallObjects;
        if (!join && !afterSweep) return;
        var replaced = new List<string>();
        foreach (StoredObject item in objects)
        {
            byte[]? bytes = await repository.Store.GetAsync(item.Name, IndexLoader.MaximumIndexLength, cancellationToken);

            // Somebody else has replaced it.
            if (bytes is null) continue;
            IReadOnlyList<PackDescription> packs = IndexLoader.Open(repository.Keys, item.Name, bytes);
            if (!(join && item.Length < SmallLength) && !packs.Any(p => dead.Contains(p.NameText))) continue;
            replaced.Add(item.Name);
            foreach (PackDescription pack in packs)
            {
                if (dead.Contains(pack.NameText) || !collectedNames.Add(pack.NameText)) continue;
                collected.Add(pack);
                collectedBlobs += pack.BlobCount;
                if (collectedBlobs >= BlobsPerObject) await PutAsync(cancellationToken);
            }
        }

        await PutAsync(cancellationToken);
        foreach (string name in replaced)
        {
            await repository.Store.DeleteAsync(name, cancellationToken);
            Replaced++;
        }
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        if (collected.Count == 0) return;
        BytesWritten += await IndexLoader.PutAsync(repository, ids, collected, scratch, cancellationToken);
        collected.Clear();
        collectedBlobs = 0;
    }
}
