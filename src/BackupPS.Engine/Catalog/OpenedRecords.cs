namespace BackupPS.Engine.Catalog;

/// <summary>What restores have opened up, one small file each below <c>opened/</c>: so that the next restore closes what a killed one has left.</summary>
internal sealed class OpenedRecords(HomeFolder home)
{
    private const string Folder = "opened", Extension = ".txt";

    /// <summary>Begins the record of a run.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not write it.</exception>
    public OpenedRecord Create(string runId)
    {
        HomeFolder.CreateFolder(home.FullPath);
        HomeFolder.CreateFolder(home.PathOf(Folder));
        return Open(Path.Combine(home.PathOf(Folder), $"{runId}.{Guid.NewGuid():N}{Extension}"), FileMode.CreateNew);
    }

    /// <summary>Those of processes that are gone, with their runs; to be disposed of one by one.</summary>
    public IEnumerable<(string RunId, OpenedRecord Record)> ListLeft()
    {
        string folder = home.PathOf(Folder);
        if (!Directory.Exists(folder)) yield break;
        foreach (string path in Directory.GetFiles(folder, "*" + Extension))
        {
            if (TryOpen(path) is { } record) yield return (Path.GetFileName(path).Split('.')[0], record);
        }
    }

    private static OpenedRecord? TryOpen(string path)
    {
        try
        {
            return Open(path, FileMode.Open);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its restore is under way.
            return null;
        }
    }

    private static OpenedRecord Open(string path, FileMode mode)
    {
        // Nobody else opens it meanwhile.
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new OpenedRecord(path, new FileStream(path, options));
    }
}
