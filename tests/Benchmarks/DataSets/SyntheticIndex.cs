using System.Buffers;
using BackupPS.Engine;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Makes a repository look as if it held many blobs: index objects like any other, and packs of the right names and lengths that are one hole each.</summary>
internal static class SyntheticIndex
{
    // As backups of small files fill them: packs of 32 MiB, segments of 1 MiB, blobs of 16 KiB, an index object every 8 packs.
    private const int BlobsInSegment = 64, SegmentsInPack = 32, PacksInObject = 8, BlobLength = 16 * 1024, SealedLength = 1_000_000, PackLength = 33_000_000;

    /// <summary>Adds blobs to a repository.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="secret">Opens it.</param>
    /// <param name="blobs">How many, at least; the last pack is full.</param>
    /// <param name="seed">Of their ids.</param>
    /// <returns>Ids of a million of them, or of all.</returns>
    public static async Task<IReadOnlyList<BlobId>> AddAsync(string path, RepositorySecret secret, long blobs, ulong seed)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(path);
        Repository repository = await Repository.OpenAsync(store, secret, CancellationToken.None);
        var random = new SeededRandom(seed);
        var first = new List<BlobId>();
        for (long done = 0; done < blobs;)
        {
            var packs = new List<PackDescription>();
            while (packs.Count < PacksInObject && done < blobs)
            {
                PackDescription pack = Draw(random);
                string file = Path.Combine(path, RepositoryLayout.Pack(pack.NameText));
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                using (FileStream hole = File.Create(file)) hole.SetLength(pack.Length);
                packs.Add(pack);
                if (first.Count < 1_000_000) first.AddRange(pack.Segments.SelectMany(static s => s.Blobs).Select(static b => b.Id));
                done += BlobsInSegment * SegmentsInPack;
            }

            string name = RepositoryLayout.Index(IdSource.Random.Next());
            await store.PutNewAsync(name, new ReadOnlySequence<byte>(IndexLoader.Seal(repository.Keys, name, packs)), CancellationToken.None);
        }

        return first;
    }

    private static PackDescription Draw(SeededRandom random)
    {
        byte[] bytes = new byte[32];
        var segments = new SegmentContents[SegmentsInPack];
        for (int s = 0; s < segments.Length; s++)
        {
            var blobs = new BlobEntry[BlobsInSegment];
            for (int b = 0; b < blobs.Length; b++)
            {
                random.Fill(bytes);
                blobs[b] = new BlobEntry(new BlobId(bytes), BlobLength);
            }

            segments[s] = new SegmentContents(SealedLength, BlobsInSegment * BlobLength, CodecId.Zstd, blobs);
        }

        byte[] name = new byte[32], salt = new byte[32];
        random.Fill(name);
        random.Fill(salt);
        return new PackDescription(name, salt, BlobKind.Data, PackLength, segments);
    }
}
