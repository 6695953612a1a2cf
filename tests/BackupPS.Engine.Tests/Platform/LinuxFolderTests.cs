using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

public sealed class LinuxFolderTests : FolderContract
{
    public LinuxFolderTests()
        : base(new LinuxFileSystem())
    {
    }
}
