namespace BackupPS.Engine.Platform.Linux;

/// <summary>The file system through libc: names are bytes, folders are descriptors.</summary>
internal sealed class LinuxFileSystem : IFileSystem
{
    private readonly LinuxFeatures _features;

    /// <summary>Uses /proc where it is mounted.</summary>
    public LinuxFileSystem()
        : this(new LinuxFeatures(Directory.Exists("/proc/self/fd")))
    {
    }

    /// <summary>For tests of an older kernel, or of a chroot without /proc.</summary>
    public LinuxFileSystem(LinuxFeatures features) => _features = features;

    /// <inheritdoc/>
    public IReadOnlySet<string> FindMountPoints() => MountTable.ReadPoints();

    /// <inheritdoc/>
    public MappedFiles FindMappedFiles(CancellationToken cancellationToken) => MapTable.Read(this, cancellationToken);

    /// <inheritdoc/>
    public IAccounts Accounts { get; } = new LinuxAccounts();

    /// <inheritdoc/>
    public bool IgnoresCase => false;

    /// <inheritdoc/>
    public IFolder OpenFolder(string path)
    {
        DescriptorHandle at = LongPath.Shorten(LongPath.Parse(path), out byte[] rest);
        try
        {
            int errno = DescriptorCalls.TryOpen(at, rest, LinuxFolder.OpenFolderFlags, 0, out DescriptorHandle? handle);

            // A folder that may be passed through, but not listed (mode 711): what is in it can be reached by name.
            if (errno == Errno.AccessDenied) errno = DescriptorCalls.TryOpen(at, rest, OpenFlags.PathOnly | OpenFlags.Directory, 0, out handle);
            return errno == 0 ? new LinuxFolder(handle!, _features) : throw LinuxError.Create(errno);
        }
        finally
        {
            LongPath.Close(at);
        }
    }

    /// <inheritdoc/>
    public ItemInfo GetInfo(string path)
    {
        DescriptorHandle at = LongPath.Shorten(LongPath.Parse(path), out byte[] rest);
        try
        {
            int errno = DescriptorCalls.TryGetInfo(at, rest, out ItemInfo info);
            return errno == 0 ? info : throw LinuxError.Create(errno);
        }
        finally
        {
            LongPath.Close(at);
        }
    }
}
