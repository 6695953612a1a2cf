using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Packing;

/// <summary>
/// Memory for packs while they grow: slabs that go from pack to pack, so that a pack takes no more than it holds, and all packs together no more than
/// those of one moment. Safe for any number of threads.
/// </summary>
internal sealed class SlabPool : IDisposable
{
    /// <summary>Holds four segments of incompressible data. Pages that are not touched cost nothing, so that a pack with little in it takes little.</summary>
    public const int SlabLength = 4 * 1024 * 1024 + 1024;

    private readonly long limit;
    private readonly Action onLimit;
    private readonly Lock gate = new();
    private readonly Stack<NativeBuffer> free = [];
    private long rented;
    private bool disposed;

    /// <param name="limit">Bytes that may be out before <paramref name="onLimit"/> is called.</param>
    /// <param name="onLimit">Waits until some come back, if any will; the slab is given out then in any case.</param>
    public SlabPool(long limit, Action onLimit)
    {
        this.limit = limit;
        this.onLimit = onLimit;
    }

    /// <summary>A slab of <see cref="SlabLength"/>, or of <paramref name="length"/> where that is more.</summary>
    /// <param name="length">Bytes that are needed.</param>
    /// <param name="mayWait">Whether the limit counts; not for a pack whose completion others wait for.</param>
    public NativeBuffer Rent(int length, bool mayWait)
    {
        if (mayWait && Interlocked.Read(ref rented) >= limit) onLimit();
        NativeBuffer? slab = null;
        if (length <= SlabLength)
        {
            lock (gate) free.TryPop(out slab);
        }

        slab ??= new NativeBuffer(Math.Max(length, SlabLength));
        Interlocked.Add(ref rented, slab.Length);
        return slab;
    }

    /// <summary>Takes a slab back.</summary>
    public void Return(NativeBuffer slab)
    {
        Interlocked.Add(ref rented, -slab.Length);
        lock (gate)
        {
            if (!disposed && slab.Length == SlabLength)
            {
                free.Push(slab);
                return;
            }
        }

        slab.Dispose();
    }

    /// <summary>Frees what is not out.</summary>
    public void Trim()
    {
        lock (gate)
        {
            while (free.TryPop(out NativeBuffer? slab)) slab.Dispose();
        }
    }

    /// <summary>Frees what is not out; what comes back later is freed then.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
        }

        Trim();
    }
}
