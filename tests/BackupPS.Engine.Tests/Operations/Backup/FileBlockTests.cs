using BackupPS.Engine.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Blocks of large files that several workers share.</summary>
public sealed class FileBlockTests
{
    [Fact]
    public void A_block_comes_back_with_its_last_user()
    {
        using var pool = new FileBlockPool(1000);
        FileBlock block = pool.Rent();
        Assert.Equal(2000, block.Span.Length);
        Assert.False(block.IsShared);
        block.Retain();
        Assert.True(block.IsShared);
        block.Release();
        Assert.False(block.IsShared);
        FileBlock other = pool.Rent();
        Assert.NotSame(block, other);
        block.Release();
        Assert.Same(block, pool.Rent());
        other.Release();
        block.Release();
    }

    [Fact]
    public void A_block_that_outlives_the_pool_is_freed_by_its_last_user()
    {
        var pool = new FileBlockPool(1000);
        FileBlock block = pool.Rent(), idle = pool.Rent();
        idle.Release();
        pool.Dispose();
        block.Span.Fill(1);
        block.Release();
        Assert.Throws<ObjectDisposedException>(() => block.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => idle.Span.Length);
    }

    [Fact]
    public void Chunks_that_nobody_took_give_their_blocks_back()
    {
        using var pool = new FileBlockPool(4 << 20);
        FileBlock block = pool.Rent();
        using (var queue = new WorkQueue())
        {
            // Four chunks at most, and no more than 4 MiB of them, but always one.
            Assert.True(queue.TryAdd(Chunk(block, 3 << 20)));
            Assert.True(queue.TryAdd(Chunk(block, 1 << 20)));
            Assert.False(queue.TryAdd(Chunk(block, 1)));
            Assert.True(queue.TryTake(out _, out ChunkJob? taken, CancellationToken.None));
            Assert.Equal(3 << 20, taken!.Content.Length);
            Assert.True(queue.TryAdd(Chunk(block, 1)));
        }

        // The taken one, the refused one, and the reader's own.
        block.Release();
        block.Release();
        Assert.False(block.IsShared);
        block.Release();
        Assert.Same(block, pool.Rent());
    }

    private static ChunkJob Chunk(FileBlock block, int length)
    {
        block.Retain();
        return new ChunkJob(null!, 0, block, 0, length);
    }
}
