namespace BackupPS.Engine.Platform.Linux;

/// <summary>Absolute paths of any length: the system takes 4096 bytes (PATH_MAX, with the NUL) in one call, so longer ones are walked in pieces.</summary>
internal static class LongPath
{
    private const int MostBytes = 4095;

    /// <summary>The bytes of an absolute path, without slashes at its end.</summary>
    /// <exception cref="ArgumentException">The path is not absolute, or has NUL in it.</exception>
    public static byte[] Parse(string path)
    {
        byte[] bytes = PathText.ToBytes(path);
        if (bytes.Length == 0 || bytes[0] != '/') throw new ArgumentException("The path is not absolute.", nameof(path));
        if (Array.IndexOf(bytes, (byte)0) >= 0) throw new ArgumentException("The path has NUL in it.", nameof(path));
        ReadOnlySpan<byte> trimmed = bytes.AsSpan().TrimEnd((byte)'/');
        return trimmed.IsEmpty ? "/"u8.ToArray() : trimmed.ToArray();
    }

    /// <summary>
    /// Opens all of a path but what fits into one call: <paramref name="rest"/> (ending with NUL) is meant relative to the handle. Links are
    /// followed. The caller disposes the handle.
    /// </summary>
    public static DescriptorHandle Shorten(byte[] path, out byte[] rest)
    {
        DescriptorHandle at = DescriptorHandle.WorkingDirectory;
        ReadOnlySpan<byte> left = path;
        try
        {
            while (left.Length > MostBytes)
            {
                int cut = left[..(MostBytes + 1)].LastIndexOf((byte)'/');
                if (cut <= 0) throw LinuxError.Create(Errno.NameTooLong);
                // O_PATH: passing through needs no right to list the folder.
                int errno = DescriptorCalls.TryOpen(at, (byte[])[.. left[..cut], 0], OpenFlags.PathOnly | OpenFlags.Directory, 0, out DescriptorHandle? next);
                if (errno != 0) throw LinuxError.Create(errno);
                Close(at);
                at = next!;
                left = left[(cut + 1)..].TrimStart((byte)'/');
            }

            rest = [.. left, 0];
            return at;
        }
        catch
        {
            Close(at);
            throw;
        }
    }

    /// <summary>Disposes a handle that <see cref="Shorten"/> returned.</summary>
    public static void Close(DescriptorHandle handle)
    {
        if (handle != DescriptorHandle.WorkingDirectory) handle.Dispose();
    }
}
