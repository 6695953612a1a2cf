using System.Security.Cryptography;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>What can be found out of packs without a key, while the key is derived: which there are, and whether their bytes have the hash that they are named for.</summary>
internal sealed class EarlyPacks
{
    private const int PieceLength = 1024 * 1024;

    private EarlyPacks(Dictionary<string, long> present) => Present = present;

    /// <summary>Every pack of the store, with its length; below 0: something stands there that is none, or cannot be looked at.</summary>
    public Dictionary<string, long> Present { get; }

    /// <summary>Names below <c>packs/</c> where something stands that is neither a pack nor a folder of packs, or that cannot be looked at.</summary>
    public List<string> Obstacles { get; } = [];

    /// <summary>Packs that were read to their last byte, and whether they have their hash.</summary>
    public Dictionary<string, bool> Hashed { get; } = new(StringComparer.Ordinal);

    /// <summary>Lists packs, and hashes them until it is told to stop.</summary>
    /// <param name="store">The store.</param>
    /// <param name="hash">Whether to hash any.</param>
    /// <param name="stop">Ends the hashing; what was found is the result all the same.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<EarlyPacks> ReadAsync(IObjectStore store, bool hash, CancellationToken stop, CancellationToken cancellationToken)
    {
        var packs = new EarlyPacks(new Dictionary<string, long>(StringComparer.Ordinal));
        try
        {
            await foreach (StoredObject item in store.ListAsync(RepositoryLayout.Packs, cancellationToken))
            {
                if (RepositoryLayout.TryParsePack(item.Name, out string pack)) packs.Present[pack] = item.Length;
                else if (!item.IsObject) packs.Obstacles.Add(item.Name);
            }
        }
        catch (StoreException e) when (UnavailableObject.Explains(e))
        {
            packs.Obstacles.Add(RepositoryLayout.Packs);
        }

        if (!hash) return packs;
        using var state = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = GC.AllocateUninitializedArray<byte>(PieceLength);
        foreach ((string pack, long length) in packs.Present)
        {
            string name = RepositoryLayout.Pack(pack);
            long offset = 0;
            int read = piece.Length;
            while (read == piece.Length)
            {
                if (stop.IsCancellationRequested) return packs;
                try
                {
                    read = await store.ReadAsync(name, offset, piece, cancellationToken);
                }
                catch (Exception e) when (e is StoreException or BackupException { IsUnavailable: true })
                {
                    // Whoever reads it with the key comes upon the same, and tells it. What the store itself has will not pass at once.
                    if (e is StoreException) return packs;
                    read = -1;
                }

                // Swept while it was read, or unreadable.
                if (read < 0) break;
                state.AppendData(piece, 0, read);
                offset += read;
            }

            string found = Convert.ToHexStringLower(state.GetHashAndReset());
            if (read >= 0 && offset == length) packs.Hashed[pack] = found == pack;
        }

        return packs;
    }
}
