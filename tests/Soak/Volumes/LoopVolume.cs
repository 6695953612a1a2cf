using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace BackupPS.Soak.Volumes;

/// <summary>An ext4 file system in a file. What the file holds is what a disk would hold: the kernel's cache of the file system is not in it.</summary>
internal sealed partial class LoopVolume : IVolume
{
    // Some hundred backups go in before it is emptied.
    private const int Mebibytes = 384;

    // A disk turns read-only only while nobody has a file open for writing, as a run has the lock of its policy: moments between two runs.
    private const int ReadOnlyAttempts = 3000;
    private const nuint ReadOnly = 1, Remount = 32;

    // The kernel writes a little every five seconds: a quiet moment comes soon.
    private const int QuietAttempts = 20;
    private const int UnmountAttempts = 300;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly string image;
    private readonly string device;

    private LoopVolume(string image, string folder, string device)
    {
        this.image = image;
        this.device = device;
        Folder = folder;
    }

    public string Folder { get; }

    public bool HasTrouble => true;

    private string Ballast => Path.Join(Folder, "ballast");

    /// <summary>Makes and mounts one; <see langword="null"/> where this account may not, or the tools are missing.</summary>
    public static async Task<LoopVolume?> TryCreateAsync(string work)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return null;
        string image = Path.Join(work, "disk.img");
        using (FileStream file = File.Create(image)) file.SetLength((long)Mebibytes << 20);

        // No blocks for root alone: it is root that fills it. Blocks of a page, as larger disks have: SQLite makes sure of one byte in each page of the memory
        // that it shares, and where the rest of a page finds no space, the kernel ends the process (SIGBUS).
        bool made = (await Tool.TryRunAsync("mkfs.ext4", "-q", "-m", "0", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)).Succeeded;
        LoopVolume? volume = made ? await TryMountAsync(image, Path.Join(work, "disk")) : null;
        if (volume is null) File.Delete(image);
        return volume;
    }

    public void Fill(long left)
    {
        long free = new DriveInfo(Folder).AvailableFreeSpace - left;
        if (free <= 0) return;
        try
        {
            // Blocks are given out at once, and nothing is written.
            using var file = new FileStream(Ballast, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = free });
        }
        catch (IOException)
        {
            // Somebody else took some of it meanwhile: full it is.
        }
    }

    public void Empty() => File.Delete(Ballast);

    public async Task<bool> TrySetReadOnlyAsync(bool readOnly)
    {
        for (int i = 0; i < ReadOnlyAttempts; i++)
        {
            if (Mount(null, Folder, null, readOnly ? Remount | ReadOnly : Remount, 0) == 0) return true;
            await Task.Delay(1);
        }

        return false;
    }

    public async Task<IVolume?> CutPowerAsync()
    {
        string copy = image + ".cut";
        for (int i = 0; i < QuietAttempts; i++)
        {
            (long writes, bool quiet) = ReadStatistics();
            if (quiet)
            {
                await Tool.RunAsync("cp", "--sparse=always", image, copy);
                if (ReadStatistics() == (writes, true))
                {
                    return await TryMountAsync(copy, Folder + ".cut") ?? throw new InvalidOperationException("The copy of the disk cannot be mounted.");
                }
            }

            await Task.Delay(Tick);
        }

        File.Delete(copy);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = 0; !(await Tool.TryRunAsync("umount", Folder)).Succeeded; i++)
        {
            if (i == UnmountAttempts) throw new InvalidOperationException($"'{Folder}' cannot be unmounted.");

            // A process that was killed a moment ago may still hold it; in this one, an index that was read is mapped until nobody needs it any more.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(Tick);
        }

        File.Delete(image);
    }

    private static async Task<LoopVolume?> TryMountAsync(string image, string folder)
    {
        Directory.CreateDirectory(folder);
        if (!(await Tool.TryRunAsync("mount", "-o", "loop", image, folder)).Succeeded) return null;
        (_, string device) = await Tool.TryRunAsync("findmnt", "-n", "-o", "SOURCE", folder);
        return new LoopVolume(image, folder, Path.GetFileName(device.Trim()));
    }

    // How often the device was written to, and whether nothing is under way.
    private (long Writes, bool Quiet) ReadStatistics()
    {
        string[] fields = Blanks().Split(File.ReadAllText($"/sys/block/{device}/stat").Trim());
        return (long.Parse(fields[4], CultureInfo.InvariantCulture), fields[8] == "0");
    }

    // As a system call, since a moment is shorter than the program of that name takes to start.
    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string? source, string target, string? type, nuint flags, nint data);

    [GeneratedRegex(" +")]
    private static partial Regex Blanks();
}
