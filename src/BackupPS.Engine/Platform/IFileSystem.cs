namespace BackupPS.Engine.Platform;

/// <summary>
/// The file system of this machine, with names as bytes. Everything below a folder is reached relative to its handle and without following
/// links, so that a path of any length works and a link planted in between leads nowhere. Failures are <see cref="PlatformException"/>.
/// </summary>
internal interface IFileSystem
{
    /// <summary>Opens a folder by its absolute path (text as <see cref="PathText"/> has it, segments joined by <c>/</c>), following links as the system does.</summary>
    IFolder OpenFolder(string path);

    /// <summary>What is at an absolute path; links in the middle are followed, the last part is not.</summary>
    ItemInfo GetInfo(string path);

    /// <summary>Paths on which something is mounted; asked where <see cref="ItemInfo.MountId"/> does not tell.</summary>
    IReadOnlySet<string> FindMountPoints() => new HashSet<string>();

    /// <summary>Files that processes write to without their times telling of it, as far as this account may know them.</summary>
    MappedFiles FindMappedFiles(CancellationToken cancellationToken) => MappedFiles.None;

    /// <summary>Names of accounts.</summary>
    IAccounts Accounts { get; }

    /// <summary>Whether names are compared without case by default (Windows, macOS).</summary>
    bool IgnoresCase { get; }
}
