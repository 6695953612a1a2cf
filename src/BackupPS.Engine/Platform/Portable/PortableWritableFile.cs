namespace BackupPS.Engine.Platform.Portable;

/// <summary>A file that is being written.</summary>
/// <param name="stream">Unbuffered stream; taken over.</param>
/// <param name="name">Its temporary name.</param>
internal sealed class PortableWritableFile(FileStream stream, byte[] name) : IWritableFile
{
    /// <inheritdoc/>
    public byte[] Name => name;

    /// <inheritdoc/>
    public ItemInfo GetInfo() => PortableInfo.Get(stream.SafeFileHandle);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content, long offset)
    {
        try
        {
            RandomAccess.Write(stream.SafeFileHandle, content, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw PortableError.Translate(e);
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length) => PortableError.Call(() => RandomAccess.SetLength(stream.SafeFileHandle, length));

    /// <inheritdoc/>
    public bool TryClone(IReadableFile source) => false;

    /// <inheritdoc/>
    public bool TryPunchHole(long offset, long length) => false;

    /// <inheritdoc/>
    public bool TryLock()
    {
        if (OperatingSystem.IsMacOS()) return true; // .NET has no lock of a range there
        try
        {
            stream.Lock(0, 1);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void SetOwner(uint userId, uint groupId) => throw new PlatformException(PlatformFailure.NotSupported, "Owners cannot be set on this system.");

    /// <inheritdoc/>
    public void SetMode(uint mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        PortableError.Call(() =>
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(stream.SafeFileHandle, (UnixFileMode)mode);
        });
    }

    /// <inheritdoc/>
    public void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes) => PortableFolder.RefuseAttributes(attributes);

    /// <inheritdoc/>
    public void SetModified(FileTime modified) => PortableError.Call(() => File.SetLastWriteTimeUtc(stream.SafeFileHandle, modified.ToDateTime()));

    /// <inheritdoc/>
    public void Sync() => PortableError.Call(() => RandomAccess.FlushToDisk(stream.SafeFileHandle));

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
