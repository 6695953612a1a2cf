using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>The folder that receives a restore, made where it is missing.</summary>
internal static class DestinationFolder
{
    /// <summary>Finds out, without making anything, whether something that is not a folder is there or on the way.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="BackupException"><see cref="BackupError.DestinationUnusable"/>.</exception>
    public static void Check(string path)
    {
        for (string? place = path; place is not null; place = Path.GetDirectoryName(place))
        {
            if (!File.Exists(place)) continue;
            throw new BackupException(BackupError.DestinationUnusable, $"'{PathText.ToDisplay(place)}' is not a folder: nothing can be restored into it.", path);
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="path">Absolute path.</param>
    /// <param name="durable">Whether a folder that is made is made durable at once.</param>
    /// <exception cref="BackupException"><see cref="BackupError.DestinationUnusable"/>.</exception>
    public static IFolder Open(IFileSystem fileSystem, string path, bool durable)
    {
        try
        {
            if (!OperatingSystem.IsWindows()) return OpenOrCreate(fileSystem, path, durable);
            Directory.CreateDirectory(path.Replace('/', '\\'));
            return fileSystem.OpenFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupError.DestinationUnusable, $"'{PathText.ToDisplay(path)}' cannot be used as destination: {e.Message}", path, e);
        }
    }

    // By bytes and handles: .NET would make another folder where a name is not UTF-8.
    private static IFolder OpenOrCreate(IFileSystem fileSystem, string path, bool durable)
    {
        try
        {
            return fileSystem.OpenFolder(path);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotFound)
        {
            string[] segments = SourcePath.Split(path);
            using IFolder above = OpenOrCreate(fileSystem, SourcePath.Combine(segments[..^1]), durable);
            byte[] name = PathText.ToBytes(segments[^1]);
            if (!above.TryGetInfo(name, out _)) above.CreateFolder(name);

            // Where nothing else will: the folder above lies outside of what is restored.
            if (durable && !above.TrySync()) above.SyncFileSystem();
            return above.OpenFolder(name);
        }
    }
}
