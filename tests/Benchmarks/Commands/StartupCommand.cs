namespace BackupPS.Benchmarks.Commands;

internal static class StartupCommand
{
    public static Task RunAsync(IReadOnlyList<string> arguments) => throw new BenchmarkException("later");
}
