namespace BackupPS.Engine.Platform.Linux;

/// <summary>Calls that folders, files and the file system share.</summary>
internal static class DescriptorCalls
{
    /// <summary>How metadata is asked for.</summary>
    public const int StatxFlags = Libc.AtNoFollow | Libc.AtNoAutomount | Libc.AtEmptyPath;

    /// <summary>Opens relative to a folder; the path ends with NUL. The errno tells the caller why it failed; 0 is success.</summary>
    public static int TryOpen(DescriptorHandle folder, ReadOnlySpan<byte> path, int flags, uint mode, out DescriptorHandle? handle)
    {
        while (true)
        {
            int descriptor = Libc.OpenAt(folder, path, flags | OpenFlags.CloseOnExec, mode);
            if (descriptor >= 0)
            {
                handle = new DescriptorHandle(descriptor);
                return 0;
            }

            int errno = LinuxError.Last;
            // Only the owner of a file may ask not to have its access time touched.
            if (errno == Errno.NotPermitted && (flags & OpenFlags.NoAccessTime) != 0)
            {
                flags &= ~OpenFlags.NoAccessTime;
            }
            else if (errno != Errno.Interrupted)
            {
                handle = null;
                return errno;
            }
        }
    }

    /// <summary>statx; 0 or an errno. Synchronized as stat(2) does it: what a network server knows must not be older than what is read.</summary>
    public static int TryGetInfo(DescriptorHandle folder, ReadOnlySpan<byte> path, out ItemInfo info)
    {
        while (true)
        {
            if (Libc.Statx(SystemCall.Statx, folder, path, StatxFlags, (nint)Libc.StatxWanted, out StatxResult result) == 0)
            {
                info = result.ToItemInfo();
                return 0;
            }

            int errno = LinuxError.Last;
            if (errno != Errno.Interrupted)
            {
                info = default;
                return errno;
            }
        }
    }

    /// <summary>Metadata of an open descriptor.</summary>
    public static ItemInfo GetInfo(DescriptorHandle handle)
    {
        int errno = TryGetInfo(handle, "\0"u8, out ItemInfo info);
        return errno == 0 ? info : throw LinuxError.Create(errno);
    }
}
