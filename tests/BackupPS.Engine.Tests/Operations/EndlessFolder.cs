using System.Globalization;
using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file system of one folder that has very many files in it, and can be told to hang.</summary>
internal sealed class EndlessFolder : IFileSystem, IFolder
{
    private const int Files = 1_000_000;
    private int looked;

    /// <summary>Whether looking at items hangs.</summary>
    public volatile bool Blocks;

    public volatile bool IsBlocked;

    public volatile bool Closed;

    public int Looked => Volatile.Read(ref looked);

    public IAccounts Accounts => throw new NotSupportedException();

    public bool IgnoresCase => false;

    public IFolder OpenFolder(string path) => this;

    public ItemInfo GetInfo(string path) => Folder;

    public void ReadNames(NameList names)
    {
        names.Clear();
        for (int i = 0; i < Files; i++) names.Add(Encoding.ASCII.GetBytes(i.ToString("d7", CultureInfo.InvariantCulture)));
    }

    public void GetInfos(NameList names, int first, Span<ItemInfo> infos, Action<int, PlatformException> onFailure)
    {
        while (Blocks)
        {
            IsBlocked = true;
            Thread.Sleep(5);
        }

        infos.Fill(new ItemInfo { Kind = ItemKind.File, LinkCount = 1 });
        Interlocked.Add(ref looked, infos.Length);
    }

    public ItemInfo GetInfo() => Folder;

    public ItemInfo GetInfo(byte[] name) => Folder;

    public IFolder OpenFolder(byte[] name) => this;

    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => [];

    public IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind) => [];

    public void Dispose() => Closed = true;

    public bool TryGetInfo(byte[] name, out ItemInfo info) => throw new NotSupportedException();

    public IReadableFile OpenFile(byte[] name) => throw new NotSupportedException();

    public byte[] ReadLink(byte[] name) => throw new NotSupportedException();

    public void CreateFolder(byte[] name, uint mode) => throw new NotSupportedException();

    public IWritableFile CreateTemporaryFile() => throw new NotSupportedException();

    public IWritableFile? TryCreateFile(byte[] name, uint mode) => throw new NotSupportedException();

    public IWritableFile OpenForWriting(byte[] name) => throw new NotSupportedException();

    public void CreateSymbolicLink(byte[] name, byte[] target) => throw new NotSupportedException();

    public void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name) => throw new NotSupportedException();

    public void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor) => throw new NotSupportedException();

    public void Rename(byte[] from, byte[] to, bool replace) => throw new NotSupportedException();

    public void Move(byte[] from, IFolder toFolder, byte[] to, bool replace) => throw new NotSupportedException();

    public void Delete(byte[] name) => throw new NotSupportedException();

    public void DeleteFolder(byte[] name) => throw new NotSupportedException();

    public void SetOwner(byte[] name, uint userId, uint groupId) => throw new NotSupportedException();

    public void SetMode(byte[] name, uint mode) => throw new NotSupportedException();

    public void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes) => throw new NotSupportedException();

    public void SetWindowsAttributes(byte[] name, uint attributes) => throw new NotSupportedException();

    public void SetModified(byte[] name, FileTime modified) => throw new NotSupportedException();

    public void SetModified(FileTime modified) => throw new NotSupportedException();

    public bool TrySync() => throw new NotSupportedException();

    public void SyncFileSystem() => throw new NotSupportedException();

    public long GetFreeSpace() => throw new NotSupportedException();

    private static ItemInfo Folder => new() { Kind = ItemKind.Directory, LinkCount = 2 };
}
