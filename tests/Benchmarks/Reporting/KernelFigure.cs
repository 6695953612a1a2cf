namespace BackupPS.Benchmarks.Reporting;

/// <summary>What a kernel took.</summary>
/// <param name="Run">Number of the run in the file, from 0.</param>
/// <param name="Kernel">Which.</param>
/// <param name="Unit">What one is: <c>byte</c>, <c>entry</c>, <c>blob</c>, ...</param>
/// <param name="Units">How many of them one call handles.</param>
/// <param name="Budget">What section 9 of DESIGN.md allows; empty where it names none.</param>
/// <param name="Nanoseconds">Mean of one call.</param>
/// <param name="Error">Half of the 99.9 % confidence interval, in nanoseconds.</param>
/// <param name="Allocated">Bytes allocated by one call.</param>
internal sealed record KernelFigure(int Run, string Kernel, string Unit, long Units, string Budget, double Nanoseconds, double Error, long Allocated);
