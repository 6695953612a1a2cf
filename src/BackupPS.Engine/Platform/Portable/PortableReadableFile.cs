using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Platform.Portable;

/// <summary>A file open for reading.</summary>
internal sealed class PortableReadableFile(SafeFileHandle handle) : IReadableFile
{
    /// <inheritdoc/>
    public ItemInfo Opened { get; } = PortableInfo.Get(handle);

    /// <inheritdoc/>
    public ItemInfo GetInfo() => PortableInfo.Get(handle);

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => [];

    /// <inheritdoc/>
    public int Read(Span<byte> destination, long offset)
    {
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PortableError.Translate(e);
        }
    }

    /// <summary>.NET knows no holes.</summary>
    public IReadOnlyList<FileExtent> GetDataExtents(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? [] : [new FileExtent(0, size)];
    }

    /// <summary>Said already when it was opened.</summary>
    public void AdviseSequential()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
