namespace BackupPS.Engine.Platform.Linux;

/// <summary>A new file that is being written.</summary>
/// <param name="handle">Descriptor; taken over.</param>
/// <param name="name">Its name.</param>
internal sealed class LinuxWritableFile(DescriptorHandle handle, byte[] name) : IWritableFile
{
    /// <inheritdoc/>
    public byte[] Name => name;

    /// <inheritdoc/>
    public ItemInfo GetInfo() => DescriptorCalls.GetInfo(handle);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> content, long offset)
    {
        while (!content.IsEmpty)
        {
            nint count = Libc.PWrite(handle, content, content.Length, offset);
            if (count < 0)
            {
                LinuxError.ThrowUnlessInterrupted();
                continue;
            }

            content = content[(int)count..];
            offset += count;
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        while (Libc.FTruncate(handle, length) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void SetOwner(uint userId, uint groupId)
    {
        while (Libc.FChOwn(handle, userId, groupId) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void SetMode(uint mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        while (Libc.FChMod(handle, mode) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes) => LinuxAttributes.Replace(new AttributeTarget(handle), attributes);

    /// <inheritdoc/>
    public void SetModified(FileTime modified)
    {
        ReadOnlySpan<TimeSpec> times = [TimeSpec.Omit, TimeSpec.From(modified)];
        while (Libc.FUTimeNs(handle, times) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void Sync()
    {
        while (Libc.FSync(handle) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
