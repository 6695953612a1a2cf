namespace BackupPS.Engine.Operations.Backup;

/// <summary>What a backup has counted so far. Fields are changed with <see cref="Interlocked"/> where workers change them.</summary>
internal sealed class BackupCounters
{
    public long FilesNew;
    public long FilesChanged;
    public long FilesRemoved;
    public long FilesUnchanged;
    public long Directories;
    public long Excluded;
    public long FilesRead;
    public long BytesRead;

    /// <summary>Sum of the sizes of the files in the snapshot.</summary>
    public long Bytes;

    /// <summary>Items, not folders, in the snapshot.</summary>
    public long Files;

    /// <summary>Files that the walk has handed on to be read, and their bytes.</summary>
    public long FilesToRead;
    public long BytesToRead;

    /// <summary>Whether the walk is over, so that the totals above are final.</summary>
    public volatile bool Walked;
}
