using System.Globalization;
using System.Runtime.InteropServices;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>
/// Free memory that the machine has at hand. A kernel whose page cache is full of earlier targets takes pages from it one by one; a virtual machine gives
/// what is free back to its host within seconds, and whoever needs it next waits for the host. Of one and the same restore that made 0.9 s of system time
/// or 3.4 s, whichever process it met.
/// </summary>
internal static unsafe partial class FreeMemory
{
    // What the largest operation fills within its first seconds: two gigabytes of files restored, and the process.
    private const long Wanted = 3L * 1024 * 1024 * 1024;

    // Above this the page cache is left alone: what is dropped must be read again.
    private const long Enough = 3 * Wanted;

    // The size of a large page on x64 and arm64, and of what a host takes back at once.
    private const int LargePage = 2 * 1024 * 1024;

    private const int PageLength = 4096, AdviseLargePages = 14;

    /// <summary>Empties the page cache where little is free. Needs root; without it, the kernel's own reclaim remains.</summary>
    public static void Provide()
    {
        string line = File.ReadLines("/proc/meminfo").First(static l => l.StartsWith("MemFree:", StringComparison.Ordinal));
        long free = 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        if (free >= Enough || !Environment.IsPrivilegedProcess) return;
        LinuxProcess.Sync();
        File.WriteAllText("/proc/sys/vm/drop_caches", "1");
    }

    /// <summary>Takes some memory, at most a quarter of what there is, writes to each page of it, and frees it.</summary>
    public static void Touch()
    {
        long length = Math.Min(Wanted, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4) / LargePage * LargePage;
        byte* start = (byte*)NativeMemory.AlignedAlloc((nuint)length, LargePage);
        try
        {
            _ = Advise(start, (nuint)length, AdviseLargePages);
            for (long at = 0; at < length; at += PageLength) start[at] = 1;
        }
        finally
        {
            NativeMemory.AlignedFree(start);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint length, int advice);
}
