using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Makes an index whole again of which objects are lost or cannot be read: each pack says itself what is in it. What was read is put first; then the objects that
/// cannot be read are deleted, and no others.
/// </summary>
internal sealed class IndexRepair(Repository repository, IdSource ids)
{
    private readonly ByteWriter scratch = new();
    private readonly List<PackDescription> found = [];

    /// <summary>Repairs.</summary>
    /// <param name="always">Whether packs that no index object lists are read also where all can be read: one may be lost.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many packs and index objects it was about; 0: nothing is to be repaired.</returns>
    public async Task<int> RunAsync(bool always, CancellationToken cancellationToken)
    {
        var damaged = new List<string>();
        BlobIndex index = await IndexLoader.LoadAsync(repository, new HashSet<string>(), e => damaged.Add(e.Target), cancellationToken);
        if (damaged.Count == 0 && !always) return 0;
        int packs = 0, blobs = 0;
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (!item.IsObject || !RepositoryLayout.TryParsePack(item.Name, out string name) || index.TryFindPack(Convert.FromHexString(name), out _)) continue;
            if (await TryReadAsync(item.Name, name, cancellationToken) is not { } pack) continue;
            found.Add(pack);
            packs++;
            blobs += pack.BlobCount;
            if (blobs < IndexCompaction.BlobsPerObject) continue;
            await PutAsync(cancellationToken);
            blobs = 0;
        }

        await PutAsync(cancellationToken);
        foreach (string name in damaged) await repository.Store.DeleteAsync(name, cancellationToken);
        return packs + damaged.Count;
    }

    // One that cannot be read names no blobs: whoever needs one of them is told that it is missing.
    private async Task<PackDescription?> TryReadAsync(string objectName, string pack, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await repository.Store.GetAsync(objectName, PackDescription.MaximumLength, cancellationToken);
            return bytes is null ? null : PackLayout.Read(repository.Keys, Convert.FromHexString(pack), bytes);
        }
        catch (Exception e) when (e is InvalidDataException or BackupException { IsUnavailable: true })
        {
            return null;
        }
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        if (found.Count == 0) return;
        await IndexLoader.PutAsync(repository, ids, found, scratch, cancellationToken);
        found.Clear();
    }
}
