using BackupPS.Benchmarks;
using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Engine.Tests.Benchmarks;

/// <summary>The comparison runs on Linux alone.</summary>
public sealed class ProcessRunnerTests
{
    [Fact]
    public void Exit_codes_signals_output_and_folders_are_those_of_the_process()
    {
        if (!OperatingSystem.IsLinux()) return;
        Assert.Equal(3, ProcessRunner.Measure(new Launch("sh", "-c", "exit 3")).ExitCode);
        Assert.Equal(128 + 15, ProcessRunner.Measure(new Launch("sh", "-c", "kill -TERM $$")).ExitCode);
        Assert.Equal("/\nä b\n", ProcessRunner.Run(new Launch("sh", "-c", "pwd; echo \"$VALUE\"") { WorkingFolder = "/", Environment = new Dictionary<string, string> { ["VALUE"] = "ä b" } }));
        Assert.Contains("not installed", Assert.Throws<BenchmarkException>(() => ProcessRunner.Run(new Launch("there-is-no-such-program"))).Message, StringComparison.Ordinal);
        Assert.Contains("went wrong", Assert.Throws<BenchmarkException>(() => ProcessRunner.Run(new Launch("sh", "-c", "echo went wrong >&2; exit 1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_without_a_reader_ends_a_process_as_it_would_under_a_shell()
    {
        if (!OperatingSystem.IsLinux()) return;
        // The runtime ignores SIGPIPE; a child must not, or "yes" would end with an error of its own.
        Assert.Equal("141", ProcessRunner.Run(new Launch("bash", "-c", "yes | true; echo ${PIPESTATUS[0]}")).Trim());
    }

    [Fact]
    public void Processor_time_and_memory_of_children_count()
    {
        if (!OperatingSystem.IsLinux()) return;
        // tail holds all that it is given without a newline: 64 MiB, in a child of the shell; the sleep lets the sampler see them.
        Measurement m = ProcessRunner.Measure(new Launch("sh", "-c", "{ head -c 67108864 /dev/zero; sleep 1; } | tail -c 67108864 >/dev/null; true"));

        Assert.Equal(0, m.ExitCode);
        Assert.InRange(m.PeakAnonymous, 60_000_000, 200_000_000);
        Assert.InRange(m.PeakResident, 60_000_000, long.MaxValue);
        Assert.InRange(m.WallSeconds, 1, double.MaxValue);
        Assert.True(m.UserSeconds + m.SystemSeconds > 0);
    }
}
