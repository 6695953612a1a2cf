using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>As in a chroot where /proc is not mounted, with an old kernel and a file system without RENAME_NOREPLACE.</summary>
public sealed class PlainLinuxFolderTests : FolderContract
{
    public PlainLinuxFolderTests()
        : base(new LinuxFileSystem(new LinuxFeatures(hasProc: false) { TriesRenameNoReplace = false, ListsAttributesByName = false }))
    {
    }
}
