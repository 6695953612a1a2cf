using System.Diagnostics;

namespace BackupPS.Engine.Catalog;

/// <summary>The folder of catalog, locks and host id. It is made when something is first put into it; only its owner can look in.</summary>
internal sealed class HomeFolder
{
    // Writing takes milliseconds; a process that was stopped in the middle of it must not stop all others for long.
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(10);

    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Names the folder; touches nothing.</summary>
    public HomeFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FullPath = Path.GetFullPath(path);
    }

    /// <summary>Absolute path.</summary>
    public string FullPath { get; }

    /// <summary>The path of a file in it.</summary>
    public string PathOf(string fileName) => Path.Combine(FullPath, fileName);

    /// <summary>Locks a file in <c>locks/</c>; <see langword="null"/>: it is locked already.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the folder cannot be written to.</exception>
    public FileLock? TryLock(string fileName)
    {
        try
        {
            string locks = PathOf("locks");
            CreateFolder(FullPath);
            CreateFolder(locks);
            return FileLock.TryAcquire(Path.Combine(locks, fileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e);
        }
    }

    /// <summary>
    /// Makes a file, mode 0600 whatever the umask, unless it exists. It appears whole, and of racing processes one makes it.
    /// </summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the folder cannot be written to.</exception>
    public void CreateOnce(string fileName, Func<byte[]> content)
    {
        string path = PathOf(fileName);
        if (File.Exists(path)) return;
        using FileLock turn = LockForWriting();
        if (File.Exists(path)) return;
        string fresh = path + "." + Guid.NewGuid().ToString("N") + ".new";
        try
        {
            // Of processes that were killed right here: under the lock there is nobody else.
            foreach (string left in Directory.GetFiles(FullPath, fileName + ".*.new")) File.Delete(left);
            WriteDurably(fresh, content());

            // Under the lock nobody else creates this name, so that a rename that looks first is enough.
            File.Move(fresh, path, overwrite: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(fresh);
            throw Unusable(e);
        }
    }

    /// <summary>Writes a file in a folder of this one, mode 0600, in the place of one that has its name: it appears whole, and is durable.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the folder cannot be written to.</exception>
    public void Replace(string folder, string fileName, byte[] content)
    {
        string path = Path.Combine(PathOf(folder), fileName);
        string fresh = path + "." + Guid.NewGuid().ToString("N") + ".new";
        try
        {
            CreateFolder(FullPath);
            CreateFolder(PathOf(folder));
            WriteDurably(fresh, content);
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(fresh);
            throw Unusable(e);
        }
    }

    /// <summary>Whether nothing more can be written here: no space, no inode, or no quota is left. Asked after an error only.</summary>
    public bool IsFull()
    {
        // As much as SQLite asks for at once, for the index of its log.
        const int ProbeLength = 64 * 1024;
        string probe = PathOf($"probe.{Guid.NewGuid():N}.new");
        try
        {
            WriteDurably(probe, new byte[ProbeLength]);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is IOException && IsLackOfSpace(e.HResult);
        }
        finally
        {
            TryDelete(probe);
        }
    }

    /// <summary>The error for a folder that cannot be used.</summary>
    public BackupException Unusable(Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        return new BackupException(BackupError.CatalogUnusable, $"The folder '{FullPath}' cannot be used: {cause.Message}", FullPath, cause);
    }

    /// <summary>Waits for the one turn to write to the folder's files that there is among all processes.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the folder cannot be written to, or another process hangs in the middle of its turn.</exception>
    public FileLock LockForWriting()
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryLock("write.lock") is { } taken) return taken;
            if (Stopwatch.GetElapsedTime(started) > WriteTimeout)
                throw new BackupException(BackupError.CatalogUnusable, $"Another process has had the files in '{FullPath}' locked for {WriteTimeout.TotalSeconds} s.", FullPath);
            Thread.Sleep(5);
        }
    }

    /// <summary>Makes a folder, mode 0700 whatever the umask, unless it exists. The one above it must be there.</summary>
    internal static void CreateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // The mode given at creation is cut by the umask, which can only narrow it; a narrower one would shut the owner out.
        Directory.CreateDirectory(path, OwnerFolder);
        if ((File.GetUnixFileMode(path) & OwnerFolder) != OwnerFolder) File.SetUnixFileMode(path, OwnerFolder);
    }

    // ENOSPC is 28 on every Unix, EDQUOT 122 on Linux and 69 on macOS; ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
    private static bool IsLackOfSpace(int code) => OperatingSystem.IsWindows() ? (code & 0xFFFF) is 39 or 112 : code is 28 || code == (OperatingSystem.IsMacOS() ? 69 : 122);

    private static void WriteDurably(string path, byte[] content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        using var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, OwnerFile);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What failed before is what the caller needs to hear.
        }
    }
}
