using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>A folder as a descriptor: what is in it is reached by name relative to that, whatever happens to the path meanwhile. This part reads.</summary>
internal sealed partial class LinuxFolder(DescriptorHandle handle, LinuxFeatures features) : IFolder
{
    // A folder of some 2,000 names in one call; most are listed by one call and one that says there are no more.
    private const int ListingBuffer = 64 * 1024;

    // struct linux_dirent64: inode (8), offset (8), length of the record (2), type (1), name.
    private const int RecordLengthOffset = 16, RecordNameOffset = 19;

    // A symbolic link holds at most 4095 bytes.
    private const int LinkBuffer = 4096;

    /// <summary>How folders are opened.</summary>
    public static int OpenFolderFlags => OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NonBlocking | OpenFlags.NoAccessTime;

    /// <inheritdoc/>
    public ItemInfo GetInfo() => DescriptorCalls.GetInfo(handle);

    /// <inheritdoc/>
    public ItemInfo GetInfo(byte[] name)
    {
        int errno = DescriptorCalls.TryGetInfo(handle, TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]), out ItemInfo info);
        return errno == 0 ? info : throw LinuxError.Create(errno);
    }

    /// <inheritdoc/>
    public bool TryGetInfo(byte[] name, out ItemInfo info)
    {
        int errno = DescriptorCalls.TryGetInfo(handle, TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]), out info);
        return errno switch
        {
            0 => true,
            Errno.NoEntry => false,
            _ => throw LinuxError.Create(errno),
        };
    }

    /// <inheritdoc/>
    public IFolder OpenFolder(byte[] name) => new LinuxFolder(OpenFolderHandle(name), features);

    private DescriptorHandle OpenFolderHandle(byte[] name)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        int errno = DescriptorCalls.TryOpen(handle, path, OpenFolderFlags | OpenFlags.NoFollow, 0, out DescriptorHandle? opened);
        return errno switch
        {
            0 => opened!,
            Errno.Loop => throw LinuxError.Create(Errno.NotDirectory),
            _ => throw LinuxError.Create(errno),
        };
    }

    /// <inheritdoc/>
    public IReadableFile OpenFile(byte[] name)
    {
        DescriptorHandle opened = OpenFileHandle(name);
        try
        {
            ItemInfo info = DescriptorCalls.GetInfo(opened);
            if (info.Kind != ItemKind.File) throw new PlatformException(PlatformFailure.NotAFile, $"It is a {info.Kind}, not a regular file.");
            return new LinuxReadableFile(opened, info);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    // O_NONBLOCK: a FIFO without a writer would hold the walk for ever. On a regular file it has no effect.
    private DescriptorHandle OpenFileHandle(byte[] name)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        int flags = OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking | OpenFlags.NoAccessTime;
        int errno = DescriptorCalls.TryOpen(handle, path, flags, 0, out DescriptorHandle? opened);
        return errno switch
        {
            0 => opened!,
            // A link; a socket or a device without a driver.
            Errno.Loop or Errno.NoDeviceOrAddress => throw LinuxError.Create(errno, PlatformFailure.NotAFile),
            _ => throw LinuxError.Create(errno),
        };
    }

    /// <inheritdoc/>
    public byte[] ReadLink(byte[] name)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LinkBuffer);
        try
        {
            while (true)
            {
                nint length = Libc.ReadLinkAt(handle, path, buffer, buffer.Length);
                if (length < 0) LinuxError.ThrowUnlessInterrupted();
                else if (length < buffer.Length) return buffer.AsSpan(0, (int)length).ToArray();
                else throw LinuxError.Create(Errno.NameTooLong);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => LinuxAttributes.Read(new AttributeTarget(handle));

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind)
    {
        if (HasNoAttributes(name)) return [];
        if (features.HasProc) return LinuxAttributes.Read(new AttributeTarget(ProcPath(name)));
        if (kind == ItemKind.SymbolicLink) return [];
        using DescriptorHandle item = OpenForAttributes(name, kind);
        return LinuxAttributes.Read(new AttributeTarget(item));
    }

    // Nearly every item has none, and asking the new call is much cheaper than the way through /proc (0.5 against 3 microseconds).
    private bool HasNoAttributes(byte[] name)
    {
        if (!features.ListsAttributesByName) return false;
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        nint length = Libc.ListXAttrAt(SystemCall.ListXAttrAt, handle, path, Libc.AtNoFollow, 0, 0);
        // A container's filter may answer EPERM for calls that it does not know.
        if (length < 0 && LinuxError.Last is Errno.NotImplemented or Errno.NotPermitted) features.ListsAttributesByName = false;
        return length == 0;
    }

    // Values by name in a folder: the path through /proc reaches it on every kernel, and the last part is not followed by the l* calls.
    private byte[] ProcPath(byte[] name)
    {
        ItemName.Check(name);
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        Span<byte> number = stackalloc byte[11];
        handle.Number.TryFormat(number, out int digits, default, CultureInfo.InvariantCulture);
        return [.. "/proc/self/fd/"u8, .. number[..digits], (byte)'/', .. name, 0];
    }

    // Without /proc only what can be opened for reading has attributes that can be reached.
    private DescriptorHandle OpenForAttributes(byte[] name, ItemKind kind) => kind switch
    {
        ItemKind.File => OpenFileHandle(name),
        ItemKind.Directory => OpenFolderHandle(name),
        _ => throw new PlatformException(PlatformFailure.NotSupported, $"Attributes of a {kind} can be reached only where /proc is mounted."),
    };

    /// <inheritdoc/>
    public long GetFreeSpace()
    {
        // struct statvfs is 112 bytes; the rest is room for what a libc may add.
        Span<ulong> result = stackalloc ulong[32];
        while (Libc.FStatVfs(handle, result) < 0) LinuxError.ThrowUnlessInterrupted();
        UInt128 bytes = (UInt128)result[1] * result[4];
        return bytes > long.MaxValue ? long.MaxValue : (long)bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
