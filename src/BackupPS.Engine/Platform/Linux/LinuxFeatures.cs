namespace BackupPS.Engine.Platform.Linux;

/// <summary>What this kernel and its mounts offer, found out as it is used; shared by the folders of one <see cref="LinuxFileSystem"/>.</summary>
/// <param name="hasProc">Whether /proc is mounted.</param>
internal sealed class LinuxFeatures(bool hasProc)
{
    private volatile bool _listsAttributesByName = true;

    /// <summary>Whether what is open can be reached as /proc/self/fd/N.</summary>
    public bool HasProc => hasProc;

    /// <summary>Whether RENAME_NOREPLACE is tried first. A file system may lack it all the same; tests turn it off to go the other way.</summary>
    public bool TriesRenameNoReplace { get; init; } = true;

    /// <summary>Whether the kernel has listxattrat (6.13). A race in turning it off costs a call.</summary>
    public bool ListsAttributesByName
    {
        get => _listsAttributesByName;
        set => _listsAttributesByName = value;
    }
}
