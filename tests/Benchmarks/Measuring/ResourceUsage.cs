using System.Runtime.InteropServices;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>struct rusage of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential, Size = 144)]
internal readonly struct ResourceUsage
{
    private readonly long userSeconds;
    private readonly long userMicroseconds;
    private readonly long systemSeconds;
    private readonly long systemMicroseconds;
    private readonly long maximumResidentKibibytes;

    /// <summary>CPU time in user mode, in seconds.</summary>
    public double User => userSeconds + (userMicroseconds / 1e6);

    /// <summary>CPU time in the kernel, in seconds.</summary>
    public double System => systemSeconds + (systemMicroseconds / 1e6);

    /// <summary>Peak resident set of the process or of any child that it waited for, in bytes. A process inherits what its parent had when it was started.</summary>
    public long PeakResident => maximumResidentKibibytes * 1024;
}
