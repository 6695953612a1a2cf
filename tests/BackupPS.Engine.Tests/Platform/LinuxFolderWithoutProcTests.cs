using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>As in a chroot where /proc is not mounted.</summary>
public sealed class LinuxFolderWithoutProcTests : FolderContract
{
    public LinuxFolderWithoutProcTests()
        : base(new LinuxFileSystem(new LinuxFeatures(hasProc: false)))
    {
    }
}
