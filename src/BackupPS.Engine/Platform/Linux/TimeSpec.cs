using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>struct timespec of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct TimeSpec(long seconds, long nanoseconds)
{
    /// <summary>Leaves a time as it is (UTIME_OMIT).</summary>
    public static TimeSpec Omit => new(0, (1L << 30) - 2);

    public readonly long Seconds = seconds;
    public readonly long Nanoseconds = nanoseconds;

    public static TimeSpec From(FileTime time) => new(time.Seconds, time.Nanoseconds);
}
