namespace BackupPS.Engine.Platform.Portable;

/// <summary>The part of a folder that writes.</summary>
internal sealed partial class PortableFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // FILE_ATTRIBUTE_READONLY, HIDDEN, SYSTEM, ARCHIVE, NORMAL, TEMPORARY, NOT_CONTENT_INDEXED: those that SetFileAttributes takes.
    private const uint SettableAttributes = 0x1 | 0x2 | 0x4 | 0x20 | 0x80 | 0x100 | 0x2000;

    /// <inheritdoc/>
    public void CreateFolder(byte[] name, uint mode = IFolder.NewFolderMode)
    {
        string item = PathOf(name);
        RefuseExisting(item);
        PortableError.Call(() =>
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(item);
            else Directory.CreateDirectory(item, (UnixFileMode)mode);
        });
    }

    private static void RefuseExisting(string item)
    {
        if (PortableInfo.TryGet(item, out _)) throw new PlatformException(PlatformFailure.Exists, "Something of that name is there already.");
    }

    /// <inheritdoc/>
    public IWritableFile CreateTemporaryFile()
    {
        byte[] name = TemporaryName.Next();
        string item = PathOf(name);
        return PortableError.Call(() =>
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                // Windows renames an open file only where the opener allows deletion.
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            return new PortableWritableFile(new FileStream(item, options), name);
        });
    }

    /// <inheritdoc/>
    public IWritableFile? TryCreateFile(byte[] name, uint mode)
    {
        ItemName.Check(name);
        return null;
    }

    /// <inheritdoc/>
    public IWritableFile OpenForWriting(byte[] name)
    {
        string item = PathOf(name);
        Expect(item, ItemKind.File, PlatformFailure.NotAFile);
        return PortableError.Call(() => new PortableWritableFile(new FileStream(item, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 }), name));
    }

    /// <inheritdoc/>
    public void CreateSymbolicLink(byte[] name, byte[] target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Array.IndexOf(target, (byte)0) >= 0) throw new ArgumentException("The target has NUL in it.", nameof(target));
        string item = PathOf(name);
        string text = PathText.FromBytes(target);
        if (!OperatingSystem.IsWindows() && !PortableName.IsValid(text)) throw new PlatformException(PlatformFailure.NotSupported, "The target is not valid UTF-8, and .NET cannot carry it.");
        RefuseExisting(item);
        PortableError.Call(() =>
        {
            // Windows has links of two kinds; on Unix both calls are one.
            if (Directory.Exists(Path.Join(path, text)) || Directory.Exists(text)) Directory.CreateSymbolicLink(item, text);
            else File.CreateSymbolicLink(item, text);
        });
    }

    /// <inheritdoc/>
    public void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name)
    {
        if (existingFolder is not PortableFolder existing) throw new ArgumentException("The folder is one of another file system.", nameof(existingFolder));
        PortableCalls.Link(existing.PathOf(existingName), PathOf(name));
    }

    /// <inheritdoc/>
    public void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor) =>
        throw new PlatformException(PlatformFailure.NotSupported, $"A {kind} cannot be created on this system.");

    /// <inheritdoc/>
    public void Rename(byte[] from, byte[] to, bool replace) => Move(from, this, to, replace);

    /// <inheritdoc/>
    public void Move(byte[] from, IFolder toFolder, byte[] to, bool replace)
    {
        if (toFolder is not PortableFolder other) throw new ArgumentException("The folder is one of another file system.", nameof(toFolder));
        string source = PathOf(from), target = other.PathOf(to);
        ItemInfo info = PortableInfo.Get(source);
        bool isFolder = info.Kind == ItemKind.Directory;
        if (isFolder)
        {
            if (replace && PortableInfo.TryGet(target, out ItemInfo there) && source != target)
            {
                if (there.Kind != ItemKind.Directory) throw new PlatformException(PlatformFailure.NotAFolder, $"A {there.Kind} has the new name.");
                other.DeleteFolder(to);
            }
            else if (!replace)
            {
                RefuseExisting(target);
            }

            PortableError.Call(() => Directory.Move(source, target));
        }
        else if (replace)
        {
            if (PortableInfo.TryGet(target, out ItemInfo there) && there.Kind == ItemKind.Directory) throw new PlatformException(PlatformFailure.NotAFile, "A folder has the new name.");
            PortableError.Call(() => File.Move(source, target, overwrite: true));

            // Two names of one file: rename(2) does nothing then.
            if (source != target && PortableInfo.TryGet(source, out _)) PortableError.Call(() => File.Delete(source));
        }
        else if (OperatingSystem.IsWindows())
        {
            PortableError.Call(() => File.Move(source, target, overwrite: false)); // MoveFileEx: one step
        }
        else
        {
            // On Unix .NET looks and then renames, so two racing movers can both win; a link is made or not.
            PortableCalls.Link(source, target);
            PortableError.Call(() => File.Delete(source));
        }
    }

    /// <inheritdoc/>
    public void Delete(byte[] name)
    {
        string item = PathOf(name);
        if (!PortableInfo.TryGet(item, out ItemInfo info)) return;
        if (info.Kind == ItemKind.Directory) throw new PlatformException(PlatformFailure.NotAFile, "It is a folder.");
        PortableError.Call(() =>
        {
            // A link to a folder is itself a folder on Windows.
            if (((FileAttributes)info.WindowsAttributes).HasFlag(FileAttributes.Directory)) Directory.Delete(item);
            else File.Delete(item);
        });
    }

    /// <inheritdoc/>
    public void DeleteFolder(byte[] name)
    {
        string item = PathOf(name);
        Expect(item, ItemKind.Directory, PlatformFailure.NotAFolder);
        PortableError.Call(() => Directory.Delete(item, recursive: false));
    }

    /// <inheritdoc/>
    public void SetOwner(byte[] name, uint userId, uint groupId) => throw new PlatformException(PlatformFailure.NotSupported, "Owners cannot be set on this system.");

    /// <inheritdoc/>
    public void SetMode(byte[] name, uint mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mode, 0xFFFu);
        string item = PathOf(name);
        if (PortableInfo.Get(item).Kind == ItemKind.SymbolicLink) throw new PlatformException(PlatformFailure.NotSupported, "A link has no mode.");
        PortableError.Call(() =>
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(item, (UnixFileMode)mode);
        });
    }

    /// <inheritdoc/>
    public void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes) => RefuseAttributes(attributes);

    /// <summary>None is what there is already; others cannot be set.</summary>
    public static void RefuseAttributes(IReadOnlyList<ExtendedAttribute> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (attributes.Count > 0) throw new PlatformException(PlatformFailure.NotSupported, "Extended attributes cannot be set on this system.");
    }

    /// <inheritdoc/>
    public void SetWindowsAttributes(byte[] name, uint attributes)
    {
        string item = PathOf(name);
        if (OperatingSystem.IsWindows()) PortableError.Call(() => File.SetAttributes(item, (FileAttributes)(attributes & SettableAttributes)));
    }

    /// <inheritdoc/>
    public void SetModified(byte[] name, FileTime modified)
    {
        string item = PathOf(name);
        PortableError.Call(() =>
        {
            if (Directory.Exists(item)) Directory.SetLastWriteTimeUtc(item, modified.ToDateTime());
            else File.SetLastWriteTimeUtc(item, modified.ToDateTime());
        });
    }

    /// <inheritdoc/>
    public void SetModified(FileTime modified) => PortableError.Call(() => Directory.SetLastWriteTimeUtc(path, modified.ToDateTime()));

    /// <inheritdoc/>
    public bool TrySync() => false;

    /// <inheritdoc/>
    public void SyncFileSystem() => PortableCalls.SyncAll();
}
