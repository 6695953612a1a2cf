using System.Diagnostics;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>Runs processes to their end.</summary>
internal static class ProcessRunner
{
    /// <summary>Runs a process and measures it.</summary>
    public static Measurement Measure(Launch launch)
    {
        long start = Stopwatch.GetTimestamp();
        int process = LinuxProcess.Start(launch);
        using var sampler = new MemorySampler(process);
        (int exitCode, ResourceUsage usage) = LinuxProcess.Wait(process);
        double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
        sampler.Stop();

        // A process begins with the peak of its parent, which is this one; only above that is the kernel's figure its own.
        long own = OwnPeak();
        long resident = usage.PeakResident > own ? usage.PeakResident : sampler.PeakResident;
        return new Measurement(exitCode, wall, usage.User, usage.System, resident, sampler.PeakAnonymous);
    }

    /// <summary>Runs a tool that must succeed.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(Launch launch)
    {
        string output = launch.Output ?? Path.GetTempFileName();
        try
        {
            (int exitCode, _) = LinuxProcess.Wait(LinuxProcess.Start(launch with { Output = output }));
            string text = launch.Output is null ? File.ReadAllText(output) : "";
            return exitCode == 0
                ? text
                : throw new BenchmarkException($"{launch.Program} {string.Join(' ', launch.Arguments)} ended with exit code {exitCode}: {Tail(text)}");
        }
        finally
        {
            if (launch.Output is null) File.Delete(output);
        }
    }

    /// <summary>The end of a long text.</summary>
    public static string Tail(string text) => text.Length <= 2000 ? text : text[^2000..];

    private static long OwnPeak()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
