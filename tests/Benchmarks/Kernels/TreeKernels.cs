using System.Text;
using BackupPS.Benchmarks.DataSets;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>A folder of 1000 files on its way into a tree and out of it.</summary>
public class TreeKernels
{
    private const int Count = 1000;

    private readonly TreeEntry[] entries = new TreeEntry[Count];
    private readonly ByteWriter body = new(256 * 1024);
    private readonly ByteWriter page = new(256 * 1024);
    private readonly byte[] encoded;

    public TreeKernels()
    {
        var random = new SeededRandom(30);
        Span<byte> id = stackalloc byte[BlobId.Length];
        for (int i = 0; i < Count; i++)
        {
            random.Fill(id);
            entries[i] = new TreeEntry
            {
                Name = Encoding.ASCII.GetBytes($"file-{i:d4}.c"),
                Kind = ItemKind.File,
                Mode = 0x1A4,
                UserName = "root",
                GroupName = "root",
                Modified = new FileTime(1_700_000_000 + random.Below(1000), random.Below(1_000_000_000)),
                Changed = new FileTime(1_700_000_000 + random.Below(1000), random.Below(1_000_000_000)),
                Inode = (ulong)(1_000_000 + i),
                Size = random.Below(50_000),
                Content = [new BlobId(id)],
            };
        }

        Encode();
        encoded = page.ToArray();
    }

    /// <summary>Entries to the bytes of a page.</summary>
    [Benchmark]
    [Kernel("tree page encode", "entry", Count)]
    public int Encode()
    {
        body.Clear();
        page.Clear();
        var names = new List<string>();
        foreach (TreeEntry entry in entries) TreePage.WriteEntry(body, names, entry);
        TreePage.WriteLeaf(page, names, Count, body.Written);
        return page.Length;
    }

    /// <summary>The bytes of a page to entries.</summary>
    [Benchmark]
    [Kernel("tree page decode", "entry", Count)]
    public int Decode() => TreePage.DecodePage(encoded).Entries!.Count;
}
