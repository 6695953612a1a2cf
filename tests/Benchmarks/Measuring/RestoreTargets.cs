namespace BackupPS.Benchmarks.Measuring;

/// <summary>
/// A new folder for each restore. Old ones stay while there is room: ext4 goes past each inode that was freed in the last minutes when it looks for a
/// free one, so that a restore soon after a large removal would pay for that removal (seen: 8 s and more of system time, for every peer).
/// </summary>
/// <param name="folder">Where they are made.</param>
internal sealed class RestoreTargets(string folder)
{
    // What the largest restore and a repository beside it take.
    private const long Room = 30L * 1024 * 1024 * 1024;

    // ext4 is made with an inode for each 16 KiB: 64 GB of disk have so many.
    private const long MostFiles = 4_000_000;

    private readonly Queue<string> kept = new();
    private int made;

    /// <summary>An empty folder.</summary>
    /// <param name="files">How many files a restore makes.</param>
    public string Next(long files)
    {
        while (kept.Count > 0 && (kept.Count * files >= MostFiles || new DriveInfo(folder).AvailableFreeSpace < Room)) PeerState.Remove(kept.Dequeue());
        string target = Path.Combine(folder, $"{++made}");
        Directory.CreateDirectory(target);
        kept.Enqueue(target);
        return target;
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        kept.Clear();
        PeerState.Remove(folder);
    }
}
