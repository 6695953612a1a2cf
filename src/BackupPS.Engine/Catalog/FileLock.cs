namespace BackupPS.Engine.Catalog;

/// <summary>
/// A file that one process, and one handle in it, has open: <c>flock</c> on Unix, a share mode on Windows. The kernel releases it when the process dies.
/// </summary>
internal sealed class FileLock : IDisposable
{
    // What the handle's opening reports when somebody else has the file: ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows; EWOULDBLOCK
    // elsewhere, 11 on Linux and 35 on macOS.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMacOS = 35;

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Creates the file where it is missing, mode 0600, and locks it; <see langword="null"/>: it is locked.</summary>
    /// <exception cref="IOException">The file cannot be opened for another reason.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not open it.</exception>
    public static FileLock? TryAcquire(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileLock(new FileStream(path, options));
        }
        catch (IOException e) when (IsHeldByAnother(e.HResult))
        {
            return null;
        }
    }

    /// <summary>Releases the lock. The file stays.</summary>
    public void Dispose() => _file.Dispose();

    private static bool IsHeldByAnother(int code) =>
        OperatingSystem.IsWindows() ? code is SharingViolation or LockViolation
        : OperatingSystem.IsMacOS() ? code == WouldBlockOnMacOS
        : code == WouldBlockOnLinux;
}
