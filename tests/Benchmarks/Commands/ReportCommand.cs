namespace BackupPS.Benchmarks.Commands;

internal static class ReportCommand
{
    public static void Run(IReadOnlyList<string> arguments) => throw new BenchmarkException("later");
}
