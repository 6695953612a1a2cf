using System.Runtime.InteropServices;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>
/// Free memory that the machine has at hand. A virtual machine gives what is free back to its host within seconds, and whoever needs it next waits for the
/// host: here, of one and the same restore, 0.9 s of system time or 3.4 s, whichever process came first after a target was cleared.
/// </summary>
internal static unsafe partial class FreeMemory
{
    // What the largest operation fills within its first seconds: two gigabytes of files restored, and the process.
    private const long Wanted = 3L * 1024 * 1024 * 1024;

    // The size of a large page on x64 and arm64, and of what a host takes back at once.
    private const int LargePage = 2 * 1024 * 1024;

    private const int PageLength = 4096, AdviseLargePages = 14;

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
