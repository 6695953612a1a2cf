namespace BackupPS.Benchmarks.Commands;

internal static class KernelsCommand
{
    public static void Run(IReadOnlyList<string> arguments) => throw new BenchmarkException("later");
}
