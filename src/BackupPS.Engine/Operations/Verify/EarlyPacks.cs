using System.Security.Cryptography;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>What can be found out of packs without a key, while the key is derived: which there are, and whether their bytes have the hash that they are named for.</summary>
internal sealed class EarlyPacks
{
    private const int PieceLength = 1024 * 1024;

    private EarlyPacks(Dictionary<string, long> present) => Present = present;

    /// <summary>Every pack of the store, with its length.</summary>
    public Dictionary<string, long> Present { get; }

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
        await foreach (StoredObject item in store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (RepositoryLayout.TryParsePack(item.Name, out string pack)) packs.Present[pack] = item.Length;
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
                catch (StoreException)
                {
                    // Whoever reads it with the key comes upon the same, and tells it.
                    return packs;
                }

                // Swept while it was read.
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
