using System.Buffers;
using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Memory of packs that grow.</summary>
public sealed class SlabPoolTests
{
    [Fact]
    public void What_came_back_is_given_out_again_and_a_long_slab_is_not_kept()
    {
        using var pool = new SlabPool(long.MaxValue, static () => { });
        NativeBuffer first = pool.Rent(1, mayWait: true);
        NativeBuffer second = pool.Rent(SlabPool.SlabLength, mayWait: true);
        NativeBuffer large = pool.Rent(SlabPool.SlabLength + 1, mayWait: true);
        Assert.NotSame(first, second);
        Assert.Equal(SlabPool.SlabLength, first.Length);
        Assert.Equal(SlabPool.SlabLength + 1, large.Length);
        pool.Return(first);
        pool.Return(large);
        Assert.Same(first, pool.Rent(100, mayWait: true));
        Assert.Throws<ObjectDisposedException>(() => large.GetSpan());
        pool.Return(first);
        pool.Dispose();
        pool.Return(second);
        Assert.Throws<ObjectDisposedException>(() => first.GetSpan());
        Assert.Throws<ObjectDisposedException>(() => second.GetSpan());
    }

    [Fact]
    public void Trimmed_it_gives_back_what_is_not_out_and_goes_on()
    {
        using var pool = new SlabPool(long.MaxValue, static () => { });
        NativeBuffer idle = pool.Rent(1, mayWait: true);
        NativeBuffer used = pool.Rent(1, mayWait: true);
        pool.Return(idle);
        pool.Trim();
        Assert.Throws<ObjectDisposedException>(() => idle.GetSpan());
        Assert.Equal(SlabPool.SlabLength, used.GetSpan().Length);
        pool.Return(used);
        Assert.Same(used, pool.Rent(1, mayWait: true));
        pool.Return(used);
    }

    [Fact]
    public void At_the_limit_whoever_may_waits_first()
    {
        int waits = 0;
        using var pool = new SlabPool(2L * SlabPool.SlabLength, () => waits++);
        NativeBuffer[] slabs = [pool.Rent(1, mayWait: true), pool.Rent(1, mayWait: true)];
        Assert.Equal(0, waits);
        NativeBuffer waited = pool.Rent(1, mayWait: true);
        Assert.Equal(1, waits);
        NativeBuffer unasked = pool.Rent(1, mayWait: false);
        Assert.Equal(1, waits);
        foreach (NativeBuffer slab in slabs.Append(waited).Append(unasked)) pool.Return(slab);
        pool.Return(pool.Rent(1, mayWait: true));
        Assert.Equal(1, waits);
    }

    [Fact]
    public void A_pack_of_several_slabs_is_one_object()
    {
        // Segments that leave a rest in each slab, and one that needs a slab of its own.
        int[] lengths = [3 << 20, 2 << 20, 100, 6 << 20, 1 << 20, 0, 4 << 20];
        using var pool = new SlabPool(long.MaxValue, static () => { });
        using var builder = new PackBuilder(FixedKeys.Set, BlobKind.Data, pool, PackAssembler.PackLength);
        byte[][] contents = [.. lengths.Select(static (length, i) => SplitMix.Bytes((ulong)i, length))];
        foreach (byte[] content in contents) builder.Append(content, CodecId.None, content.Length, [new BlobEntry(FixedKeys.Set.ComputeId(BlobKind.Data, content), content.Length)]);
        PackDescription pack = builder.Complete(out ReadOnlySequence<byte> sequence);
        Assert.False(sequence.IsSingleSegment);
        byte[] bytes = sequence.ToArray();
        Assert.Equal(bytes.Length, pack.Length);
        Assert.Equal(SHA256.HashData(bytes), pack.Name);
        Assert.Equal(pack.ComputeDigest(), PackLayout.Read(FixedKeys.Set, pack.Name, bytes).ComputeDigest());

        using ObjectSeal seal = ObjectSeal.ForPack(FixedKeys.Set, (byte)BlobKind.Data, pack.Salt);
        int offset = PackLayout.HeaderLength;
        for (int i = 0; i < contents.Length; i++)
        {
            byte[] opened = new byte[contents[i].Length];
            Assert.True(seal.TryOpen(SealPosition.Segment(i), bytes.AsSpan(offset, pack.Segments[i].SealedLength), opened));
            Assert.True(opened.AsSpan().SequenceEqual(contents[i]), $"segment {i}");
            offset += pack.Segments[i].SealedLength;
        }
    }

    [Fact]
    public void A_hasher_computes_the_same_ids_one_after_the_other()
    {
        foreach (BlobKind kind in new[] { BlobKind.Data, BlobKind.Tree })
        {
            using var hasher = new BlobHasher(FixedKeys.Set, kind);
            foreach (int length in new[] { 0, 1, 63, 64, 65, 5000, 1 << 20, 1 })
            {
                byte[] content = SplitMix.Bytes((ulong)length, length);
                Assert.Equal(FixedKeys.Set.ComputeId(kind, content), hasher.ComputeId(content));
            }
        }
    }
}
