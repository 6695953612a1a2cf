namespace BackupPS.Engine.Platform.Linux;

/// <summary>What this kernel and its mounts offer, found out as it is used; shared by the folders of one <see cref="LinuxFileSystem"/>.</summary>
/// <param name="hasProc">Whether /proc is mounted.</param>
internal sealed class LinuxFeatures(bool hasProc)
{
    private volatile bool _listsAttributesByName = true;

    /// <summary>Whether what is open can be reached as /proc/self/fd/N.</summary>
    public bool HasProc => hasProc;

    /// <summary>Whether the kernel has listxattrat (6.13). A race in turning it off costs a call.</summary>
    public bool ListsAttributesByName
    {
        get => _listsAttributesByName;
        set => _listsAttributesByName = value;
    }
}
