using System.Globalization;
using System.Text;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>The part of a folder that writes.</summary>
internal sealed partial class LinuxFolder
{
    private const uint FileMode = 0x180; // 0600

    /// <inheritdoc/>
    public void CreateFolder(byte[] name, uint mode = IFolder.NewFolderMode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.MkDirAt(handle, path, mode) < 0) LinuxError.ThrowUnlessInterruptedNaming();
    }

    /// <inheritdoc/>
    public IWritableFile CreateTemporaryFile()
    {
        int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        Span<byte> buffer = stackalloc byte[TerminatedName.BufferLength];
        while (true)
        {
            byte[] name = TemporaryName.Next();
            int errno = DescriptorCalls.TryOpen(handle, TerminatedName.From(name, buffer), flags, FileMode, out DescriptorHandle? file);
            if (errno == 0) return new LinuxWritableFile(file!, name);
            if (errno != Errno.Exists) throw LinuxError.Create(errno);
        }
    }

    /// <inheritdoc/>
    public IWritableFile? TryCreateFile(byte[] name, uint mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        int errno = DescriptorCalls.TryOpen(handle, TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]), flags, mode, out DescriptorHandle? file);
        return errno switch
        {
            0 => new LinuxWritableFile(file!, name),
            Errno.Exists => null,
            _ => throw CreateNewError(errno),
        };
    }

    /// <inheritdoc/>
    public IWritableFile OpenForWriting(byte[] name)
    {
        // O_NONBLOCK: a FIFO without a reader fails (ENXIO), and does not wait for one.
        int flags = OpenFlags.ReadWrite | OpenFlags.NoFollow | OpenFlags.NonBlocking;
        int errno = DescriptorCalls.TryOpen(handle, TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]), flags, 0, out DescriptorHandle? opened);
        if (errno != 0) throw errno is Errno.Loop or Errno.NoDeviceOrAddress ? LinuxError.Create(errno, PlatformFailure.NotAFile) : LinuxError.Create(errno);
        try
        {
            ItemKind kind = DescriptorCalls.GetInfo(opened!).Kind;
            if (kind != ItemKind.File) throw new PlatformException(PlatformFailure.NotAFile, $"It is a {kind}, not a regular file.");
            return new LinuxWritableFile(opened!, name);
        }
        catch
        {
            opened!.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CreateSymbolicLink(byte[] name, byte[] target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Array.IndexOf(target, (byte)0) >= 0) throw new ArgumentException("The target has NUL in it.", nameof(target));
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        ReadOnlySpan<byte> content = TerminatedName.Terminate(target, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.SymlinkAt(content, handle, path) < 0) LinuxError.ThrowUnlessInterruptedNaming();
    }

    /// <inheritdoc/>
    public void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name)
    {
        if (existingFolder is not LinuxFolder existing) throw new ArgumentException("The folder is one of another file system.", nameof(existingFolder));
        existing.Link(existingName, this, name);
    }

    private void Link(byte[] name, LinuxFolder newFolder, byte[] newName)
    {
        ReadOnlySpan<byte> from = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        ReadOnlySpan<byte> to = TerminatedName.From(newName, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.LinkAt(handle, from, newFolder.Descriptor, to, 0) < 0)
        {
            // Another file system, or a file that has all the names that its file system allows: a copy must do.
            if (LinuxError.Last is Errno.CrossDevice or Errno.TooManyLinks) throw LinuxError.Create(LinuxError.Last, PlatformFailure.NotSupported);
            LinuxError.ThrowUnlessInterruptedNaming();
        }
    }

    private DescriptorHandle Descriptor => handle;

    /// <inheritdoc/>
    public void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor)
    {
        uint type = kind switch
        {
            ItemKind.Fifo => 0x1000,
            ItemKind.CharacterDevice => 0x2000,
            ItemKind.BlockDevice => 0x6000,
            ItemKind.Socket => 0xC000,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Only a FIFO, a socket or a device is a node."),
        };
        // Linux packs a device number into 32 bits: 12 of the major number, 20 of the minor (new_encode_dev).
        if (deviceMajor > 0xFFF || deviceMinor > 0xFFFFF) throw new PlatformException(PlatformFailure.NotSupported, "Linux has no such device number.");
        uint device = (deviceMinor & 0xFF) | (deviceMajor << 8) | ((deviceMinor & ~0xFFu) << 12);
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.MkNodAt(SystemCall.MkNodAt, handle, path, (nint)(type | FileMode), (nint)device) < 0) LinuxError.ThrowUnlessInterruptedNaming();
    }

    /// <inheritdoc/>
    public void Rename(byte[] from, byte[] to, bool replace) => Move(from, this, to, replace);

    /// <inheritdoc/>
    public void Move(byte[] from, IFolder toFolder, byte[] to, bool replace)
    {
        if (toFolder is not LinuxFolder target) throw new ArgumentException("The folder is one of another file system.", nameof(toFolder));
        ReadOnlySpan<byte> oldName = TerminatedName.From(from, stackalloc byte[TerminatedName.BufferLength]);
        ReadOnlySpan<byte> newName = TerminatedName.From(to, stackalloc byte[TerminatedName.BufferLength]);
        if (!replace)
        {
            MoveCreateOnly(from, oldName, target, to, newName);
            return;
        }

        while (Libc.RenameAt(handle, oldName, target.Descriptor, newName) < 0) ThrowUnlessInterrupted();

        // POSIX: when both are names of one file, nothing happens, and the old name is still there.
        if (!(ReferenceEquals(target, this) && oldName.SequenceEqual(newName))
            && DescriptorCalls.TryGetInfo(handle, oldName, out ItemInfo still) == 0
            && DescriptorCalls.TryGetInfo(target.Descriptor, newName, out ItemInfo there) == 0
            && still.Inode == there.Inode && still.Device == there.Device)
        {
            Delete(from);
        }
    }

    private void MoveCreateOnly(byte[] from, ReadOnlySpan<byte> oldName, LinuxFolder target, byte[] to, ReadOnlySpan<byte> newName)
    {
        while (features.TriesRenameNoReplace)
        {
            if (Libc.RenameAt2(SystemCall.RenameAt2, handle, oldName, target.Descriptor, newName, (nint)Libc.RenameNoReplace) >= 0) return;
            // Some file systems (NFS, older FUSE) do not know the flag.
            if (LinuxError.Last is Errno.Invalid or Errno.NotImplemented) break;
            ThrowUnlessInterrupted();
        }

        // What most file systems have that never replaces is link(2). FAT and exFAT have no second names: what all have is to create, exclusively, and
        // rename(2) then takes the place of the empty item.
        bool isFolder = GetInfo(from).Kind == ItemKind.Directory;
        if (!isFolder && TryMoveByLink(from, target, to)) return;
        if (isFolder) target.CreateFolder(to);
        else target.CreateEmptyFile(newName);
        while (Libc.RenameAt(handle, oldName, target.Descriptor, newName) < 0)
        {
            int errno = LinuxError.Last;
            if (errno == Errno.Interrupted) continue;
            if (isFolder) target.DeleteFolder(to);
            else target.Delete(to);
            throw CreateMoveError(errno);
        }
    }

    private bool TryMoveByLink(byte[] from, LinuxFolder target, byte[] to)
    {
        try
        {
            Link(from, target, to);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            return false;
        }

        Delete(from);
        return true;
    }

    private void CreateEmptyFile(ReadOnlySpan<byte> name)
    {
        int errno = DescriptorCalls.TryOpen(
            handle,
            name,
            OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow,
            FileMode,
            out DescriptorHandle? file);
        if (errno != 0) throw CreateNewError(errno);
        file!.Dispose();
    }

    // exFAT in user space says of a name with a character that it does not allow that there is no such file.
    private static PlatformException CreateNewError(int errno) => errno == Errno.NoEntry
        ? new PlatformException(PlatformFailure.BadName, "The file system does not allow this name, or the folder is gone.")
        : LinuxError.CreateNaming(errno);

    private static void ThrowUnlessInterrupted()
    {
        int errno = LinuxError.Last;
        if (errno != Errno.Interrupted) throw CreateMoveError(errno);
    }

    // Another file system, or the layer below of an overlay.
    private static PlatformException CreateMoveError(int errno) =>
        errno == Errno.CrossDevice ? LinuxError.Create(errno, PlatformFailure.NotSupported) : LinuxError.CreateNaming(errno);

    /// <inheritdoc/>
    public void Delete(byte[] name)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.UnlinkAt(handle, path, 0) < 0)
        {
            if (LinuxError.Last == Errno.NoEntry) return;
            LinuxError.ThrowUnlessInterrupted();
        }
    }

    /// <inheritdoc/>
    public void DeleteFolder(byte[] name)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.UnlinkAt(handle, path, Libc.AtRemoveFolder) < 0)
        {
            // POSIX lets rmdir say EEXIST for a folder that is not empty.
            if (LinuxError.Last == Errno.Exists) throw LinuxError.Create(Errno.NotEmpty);
            LinuxError.ThrowUnlessInterrupted();
        }
    }

    /// <inheritdoc/>
    public void SetOwner(byte[] name, uint userId, uint groupId)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        while (Libc.FChOwnAt(handle, path, userId, groupId, Libc.AtNoFollow) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void SetMode(byte[] name, uint mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        // chmod by name follows links, and a link may be planted between a look and the call: what was opened is what is changed.
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        int flags = features.HasProc ? OpenFlags.PathOnly | OpenFlags.NoFollow : OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking;
        int errno = DescriptorCalls.TryOpen(handle, path, flags, 0, out DescriptorHandle? item);
        if (errno == Errno.Loop) throw LinuxError.Create(errno, PlatformFailure.NotSupported);
        if (errno != 0) throw LinuxError.Create(errno);
        using (item)
        {
            if (DescriptorCalls.GetInfo(item!).Kind == ItemKind.SymbolicLink) throw LinuxError.Create(Errno.NotSupported);
            byte[] procPath = [.. "/proc/self/fd/"u8, .. Encoding.ASCII.GetBytes(item!.Number.ToString(CultureInfo.InvariantCulture)), 0];
            while ((features.HasProc ? Libc.ChMod(procPath, mode) : Libc.FChMod(item, mode)) < 0) LinuxError.ThrowUnlessInterrupted();
        }
    }

    /// <inheritdoc/>
    public void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (features.HasProc)
        {
            LinuxAttributes.Replace(new AttributeTarget(ProcPath(name)), attributes);
        }
        else if (attributes.Count > 0 || kind is ItemKind.File or ItemKind.Directory)
        {
            using DescriptorHandle item = OpenForAttributes(name, kind);
            LinuxAttributes.Replace(new AttributeTarget(item), attributes);
        }
    }

    /// <inheritdoc/>
    public void SetWindowsAttributes(byte[] name, uint attributes) => ItemName.Check(name);

    /// <inheritdoc/>
    public void SetModified(byte[] name, FileTime modified)
    {
        ReadOnlySpan<byte> path = TerminatedName.From(name, stackalloc byte[TerminatedName.BufferLength]);
        ReadOnlySpan<TimeSpec> times = [TimeSpec.Omit, TimeSpec.From(modified)];
        while (Libc.UTimeNsAt(handle, path, times, Libc.AtNoFollow) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public void SetModified(FileTime modified)
    {
        ReadOnlySpan<TimeSpec> times = [TimeSpec.Omit, TimeSpec.From(modified)];
        while (Libc.FUTimeNs(handle, times) < 0) LinuxError.ThrowUnlessInterrupted();
    }

    /// <inheritdoc/>
    public bool TrySync()
    {
        while (Libc.FSync(handle) < 0)
        {
            // Some file systems (FUSE, SMB) cannot do it for a folder.
            if (LinuxError.Last is Errno.Invalid or Errno.NotSupported or Errno.NotImplemented) return false;
            LinuxError.ThrowUnlessInterrupted();
        }

        return true;
    }

    /// <inheritdoc/>
    public void SyncFileSystem()
    {
        while (Libc.SyncFs(handle) < 0) LinuxError.ThrowUnlessInterrupted();
    }
}
