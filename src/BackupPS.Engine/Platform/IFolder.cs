namespace BackupPS.Engine.Platform;

/// <summary>An open folder. Names are single path segments: never empty, <c>.</c>, <c>..</c>, and never with <c>/</c> or NUL; others are refused with <see cref="ArgumentException"/>.</summary>
internal interface IFolder : IDisposable
{
    /// <summary>Lists the name of everything in the folder but <c>.</c> and <c>..</c>, in no order.</summary>
    /// <param name="names">Takes them; it is cleared first.</param>
    void ReadNames(NameList names);

    /// <summary>Metadata of several items that <see cref="ReadNames"/> has listed; links are not followed.</summary>
    /// <param name="names">The names.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="infos">As many as are wanted; filled, but for items that fail.</param>
    /// <param name="onFailure">Told of each item that fails: its number in <paramref name="names"/>, and why.</param>
    void GetInfos(NameList names, int first, Span<ItemInfo> infos, Action<int, PlatformException> onFailure)
    {
        for (int i = 0; i < infos.Length; i++)
        {
            try
            {
                infos[i] = GetInfo(names[first + i].ToArray());
            }
            catch (PlatformException e)
            {
                onFailure(first + i, e);
            }
        }
    }

    /// <summary>Metadata of the folder itself.</summary>
    ItemInfo GetInfo();

    /// <summary>Metadata of an item; links are not followed.</summary>
    ItemInfo GetInfo(byte[] name);

    /// <summary>The same, with absence as an answer: <see langword="false"/> when there is no such item.</summary>
    bool TryGetInfo(byte[] name, out ItemInfo info);

    /// <summary>Opens a folder in this one. A link is refused (<see cref="PlatformFailure.NotAFolder"/>).</summary>
    IFolder OpenFolder(byte[] name);

    /// <summary>Opens a regular file for reading, without following a link, blocking on a FIFO or touching its access time where that can be avoided.</summary>
    IReadableFile OpenFile(byte[] name);

    /// <summary>Where a symbolic link points, as bytes.</summary>
    byte[] ReadLink(byte[] name);

    /// <summary>Extended attributes, ACLs among them, of an item (links not followed), sorted by name. Attributes that this account may not read are left out.</summary>
    IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind);

    /// <summary>The same of the folder itself.</summary>
    IReadOnlyList<ExtendedAttribute> ReadAttributes();

    /// <summary>0700.</summary>
    const uint NewFolderMode = 0x1C0;

    /// <summary>Creates a folder. <see cref="PlatformFailure.Exists"/> when something is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Its 12 mode bits, less what the system or its umask takes away.</param>
    void CreateFolder(byte[] name, uint mode = NewFolderMode);

    /// <summary>Creates an empty file with mode 0600 under a fresh random name beginning with <c>.backupps-</c>, to be renamed into place.</summary>
    IWritableFile CreateTemporaryFile();

    /// <summary>
    /// Creates an empty file under its own name, open for writing, without following a link. <see langword="null"/> when something has that name, and
    /// where this platform has only <see cref="CreateTemporaryFile"/>.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="mode">The 12 mode bits, as far as the process's mask, the folder's default ACL and the file system leave them.</param>
    IWritableFile? TryCreateFile(byte[] name, uint mode);

    /// <summary>Opens a regular file that is there to change parts of it, without following a link or blocking on a FIFO.</summary>
    IWritableFile OpenForWriting(byte[] name);

    /// <summary>Creates a symbolic link. <see cref="PlatformFailure.Exists"/> when something is there.</summary>
    void CreateSymbolicLink(byte[] name, byte[] target);

    /// <summary>Makes <paramref name="name"/> another name of a file. <see cref="PlatformFailure.Exists"/> when something is there.</summary>
    void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name);

    /// <summary>Creates a FIFO, socket or device node with mode 0600.</summary>
    void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor);

    /// <summary>Renames within this folder; what has the new name is replaced, if <paramref name="replace"/>, else the call fails with <see cref="PlatformFailure.Exists"/>.</summary>
    void Rename(byte[] from, byte[] to, bool replace);

    /// <summary>
    /// The same into another folder. <see cref="PlatformFailure.NotSupported"/> when that is on another file system, or the system does not move there.
    /// </summary>
    void Move(byte[] from, IFolder toFolder, byte[] to, bool replace);

    /// <summary>Deletes an item that is not a folder; absence is no error.</summary>
    void Delete(byte[] name);

    /// <summary>Deletes an empty folder. <see cref="PlatformFailure.NotEmpty"/> when it is not.</summary>
    void DeleteFolder(byte[] name);

    /// <summary>Sets owner and group of an item, links not followed. Do it before the mode: it clears setuid.</summary>
    void SetOwner(byte[] name, uint userId, uint groupId);

    /// <summary>Sets the 12 mode bits; not for links.</summary>
    void SetMode(byte[] name, uint mode);

    /// <summary>Replaces the extended attributes of an item, links not followed.</summary>
    void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes);

    /// <summary>Sets Windows attributes; does nothing elsewhere.</summary>
    void SetWindowsAttributes(byte[] name, uint attributes);

    /// <summary>Sets the modification time of an item, links not followed.</summary>
    void SetModified(byte[] name, FileTime modified);

    /// <summary>Sets the modification time of the folder itself.</summary>
    void SetModified(FileTime modified);

    /// <summary>Makes the folder itself durable: which names it has, and its metadata.</summary>
    /// <returns><see langword="false"/> where the platform has no call for that, only <see cref="SyncFileSystem"/>.</returns>
    bool TrySync();

    /// <summary>Makes everything that was written to this folder's file system durable.</summary>
    void SyncFileSystem();

    /// <summary>Bytes that this account can still write to this folder's file system.</summary>
    long GetFreeSpace();
}
