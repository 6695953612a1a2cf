namespace BackupPS.Engine.Platform.Linux;

/// <summary>A file that is being written.</summary>
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
    public bool TryClone(IReadableFile source)
    {
        if (source is not LinuxReadableFile file) throw new ArgumentException("The file is one of another file system.", nameof(source));
        while (file.CloneTo(handle) < 0)
        {
            // Which error says that a file system cannot do it differs from one to the next; what is really wrong the copy meets again.
            if (LinuxError.Last != Errno.Interrupted) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryPunchHole(long offset, long length)
    {
        if (length == 0) return true;
        while (Libc.FAllocate(handle, Libc.PunchHole | Libc.KeepSize, offset, length) < 0)
        {
            if (LinuxError.Last is Errno.NotSupported or Errno.NotImplemented or Errno.Invalid) return false;
            LinuxError.ThrowUnlessInterrupted();
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryLock()
    {
        while (Libc.FLock(handle, Libc.LockExclusive | Libc.LockNonBlocking) < 0)
        {
            switch (LinuxError.Last)
            {
                case Errno.WouldBlock: return false;
                // A file system without locks: nobody else can have it either.
                case Errno.NotSupported or Errno.NotImplemented or Errno.Invalid or Errno.NoLocks: return true;
                default: LinuxError.ThrowUnlessInterrupted(); break;
            }
        }

        return true;
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
