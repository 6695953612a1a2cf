using System.Globalization;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>
/// A new folder for each restore. Old ones of many files stay while there is room: ext4 goes past each inode that was freed in the last minute when it
/// looks for a free one, so that a restore soon after a large removal would pay for that removal (seen: 334 s of system time in place of 25, for every
/// peer).
/// </summary>
/// <param name="folder">Where they are made.</param>
internal sealed class RestoreTargets(string folder)
{
    // What the largest restore and a repository beside it take.
    private const long Room = 30L * 1024 * 1024 * 1024;

    // How long ext4 passes over an inode that was freed, and some more; and from how many on that is felt.
    private static readonly TimeSpan InodeRest = TimeSpan.FromSeconds(65);
    private const long ManyFiles = 50_000;

    private readonly Queue<string> kept = new();
    private int made;

    /// <summary>An empty folder.</summary>
    /// <param name="files">How many files a restore makes.</param>
    public string Next(long files)
    {
        long removed = 0;
        Directory.CreateDirectory(folder);
        while (kept.Count > 0 && (files < ManyFiles || FreeInodes() < 2 * files || new DriveInfo(folder).AvailableFreeSpace < Room))
        {
            PeerState.Remove(kept.Dequeue());
            removed += files;
        }

        if (removed >= ManyFiles)
        {
            LinuxProcess.Sync();
            Thread.Sleep(InodeRest);
        }

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

    private long FreeInodes() => long.Parse(ProcessRunner.Run(new Launch("stat", "--file-system", "--format=%d", folder)), CultureInfo.InvariantCulture);
}
