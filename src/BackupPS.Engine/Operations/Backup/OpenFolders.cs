namespace BackupPS.Engine.Operations.Backup;

/// <summary>The folders of the sources that are open, so that a run that is given up closes them at once and their file system can be unmounted. Safe for any number of threads.</summary>
internal sealed class OpenFolders : IDisposable
{
    private readonly Lock gate = new();
    private readonly HashSet<SourceFolder> open = [];

    public void Add(SourceFolder folder)
    {
        lock (gate) open.Add(folder);
    }

    public void Remove(SourceFolder folder)
    {
        lock (gate) open.Remove(folder);
    }

    /// <summary>Closes all. Nobody works in them any more.</summary>
    public void Dispose()
    {
        SourceFolder[] left;
        lock (gate) left = [.. open];
        foreach (SourceFolder folder in left) folder.Close();
    }
}
