namespace BackupPS.Engine.Platform.Linux;

/// <summary>A regular file open for reading.</summary>
/// <param name="handle">Descriptor; taken over.</param>
/// <param name="opened">Its metadata when it was opened.</param>
internal sealed class LinuxReadableFile(DescriptorHandle handle, in ItemInfo opened) : IReadableFile
{
    private readonly bool _mayHaveHoles = opened.AllocatedSize < opened.Size;

    /// <inheritdoc/>
    public ItemInfo Opened { get; } = opened;

    /// <inheritdoc/>
    public ItemInfo GetInfo() => DescriptorCalls.GetInfo(handle);

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => LinuxAttributes.Read(new AttributeTarget(handle));

    /// <inheritdoc/>
    public int Read(Span<byte> destination, long offset)
    {
        while (true)
        {
            nint count = Libc.PRead(handle, destination, destination.Length, offset);
            if (count >= 0) return (int)count;
            LinuxError.ThrowUnlessInterrupted();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileExtent> GetDataExtents(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var extents = new ExtentList();
        if (!_mayHaveHoles)
        {
            extents.Add(0, size);
            return extents.ToList();
        }

        long at = 0;
        while (at < size && TrySeek(at, Libc.SeekData, out long data, out bool holesKnown))
        {
            if (!holesKnown) return size == 0 ? [] : [new FileExtent(0, size)];
            // There is a hole at the end of every file; ENXIO here means that it was truncated meanwhile.
            if (data >= size || !TrySeek(data, Libc.SeekHole, out long hole, out _)) break;
            extents.Add(data, Math.Min(hole, size) - data);
            at = hole;
        }

        return extents.ToList();
    }

    // false: no data behind this offset.
    private bool TrySeek(long offset, int origin, out long found, out bool holesKnown)
    {
        holesKnown = true;
        while ((found = Libc.LSeek(handle, offset, origin)) < 0)
        {
            switch (LinuxError.Last)
            {
                case Errno.NoDeviceOrAddress: return false;
                case Errno.Invalid or Errno.NotSupported: holesKnown = false; return true;
                default: LinuxError.ThrowUnlessInterrupted(); break;
            }
        }

        return true;
    }

    /// <summary>FICLONE of this file to another; negative with errno when it fails.</summary>
    public int CloneTo(DescriptorHandle target) => Libc.Clone(target, Libc.CloneRequest, handle);

    /// <summary>Advice may be ignored, so its result is too.</summary>
    public void AdviseSequential() => _ = Libc.FAdvise(handle, 0, 0, Libc.AdviceSequential);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
