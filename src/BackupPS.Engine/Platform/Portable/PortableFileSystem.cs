namespace BackupPS.Engine.Platform.Portable;

/// <summary>
/// The file system by .NET's own API, by paths: for Windows and macOS. It has content, names, times (to 100 ns), modes or Windows attributes,
/// links and hard links. It has no owners, extended attributes, inode numbers or holes, and between looking at a path and using it a link could be planted.
/// </summary>
internal sealed class PortableFileSystem : IFileSystem
{
    /// <inheritdoc/>
    public IAccounts Accounts { get; } = new PortableAccounts();

    /// <inheritdoc/>
    public bool IgnoresCase => OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    /// <inheritdoc/>
    public IFolder OpenFolder(string path)
    {
        string native = PortableName.ToNativePath(path);
        if (Directory.Exists(native)) return new PortableFolder(native);
        // Tells what is wrong: nothing there, or something else.
        ItemInfo info = PortableInfo.Get(native);
        throw new PlatformException(PlatformFailure.NotAFolder, $"It is a {info.Kind}, not a folder.");
    }

    /// <inheritdoc/>
    public ItemInfo GetInfo(string path) => PortableInfo.Get(PortableName.ToNativePath(path));
}
