namespace BackupPS.Engine.Platform.Portable;

/// <summary>A folder by its path. This part reads.</summary>
/// <param name="path">Native absolute path.</param>
internal sealed partial class PortableFolder(string path) : IFolder
{
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
        ReturnSpecialDirectories = false,
    };

    private string PathOf(byte[] name) => Path.Join(path, PortableName.ToText(name));

    /// <inheritdoc/>
    public void ReadNames(NameList names)
    {
        ArgumentNullException.ThrowIfNull(names);
        names.Clear();
        PortableError.Call(() =>
        {
            foreach (string item in Directory.EnumerateFileSystemEntries(path, "*", Everything)) names.Add(PortableName.ToBytes(Path.GetFileName(item)));
        });
    }

    /// <inheritdoc/>
    public ItemInfo GetInfo() => PortableInfo.Get(path);

    /// <inheritdoc/>
    public ItemInfo GetInfo(byte[] name) => PortableInfo.Get(PathOf(name));

    /// <inheritdoc/>
    public bool TryGetInfo(byte[] name, out ItemInfo info) => PortableInfo.TryGet(PathOf(name), out info);

    /// <inheritdoc/>
    public IFolder OpenFolder(byte[] name)
    {
        string item = PathOf(name);
        Expect(item, ItemKind.Directory, PlatformFailure.NotAFolder);
        return new PortableFolder(item);
    }

    /// <inheritdoc/>
    public IReadableFile OpenFile(byte[] name)
    {
        string item = PathOf(name);
        Expect(item, ItemKind.File, PlatformFailure.NotAFile);
        return PortableError.Call(() => new PortableReadableFile(
            File.OpenHandle(item, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan)));
    }

    private static void Expect(string item, ItemKind kind, PlatformFailure otherwise)
    {
        ItemKind actual = PortableInfo.Get(item).Kind;
        if (actual != kind) throw new PlatformException(otherwise, $"It is a {actual}, not a {kind}.");
    }

    /// <inheritdoc/>
    public byte[] ReadLink(byte[] name)
    {
        string item = PathOf(name);
        Expect(item, ItemKind.SymbolicLink, PlatformFailure.Other);
        string? target = PortableError.Call(() => new FileInfo(item).LinkTarget);
        return PortableName.ToBytes(target ?? throw new PlatformException(PlatformFailure.NotFound, "The link is gone."));
    }

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind) => [];

    /// <inheritdoc/>
    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => [];

    /// <inheritdoc/>
    public long GetFreeSpace() => PortableCalls.GetFreeSpace(path);

    /// <summary>Nothing is held open.</summary>
    public void Dispose()
    {
    }
}
