namespace BackupPS.Benchmarks.Kernels;

/// <summary>Names a benchmark for the table of kernels.</summary>
/// <param name="name">The row.</param>
/// <param name="unit">What it handles: <c>byte</c>, <c>entry</c>, <c>blob</c>, <c>key</c>.</param>
/// <param name="units">How many of them one call handles.</param>
/// <param name="budget">What section 9 of DESIGN.md allows; empty where it names none.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelAttribute(string name, string unit, long units, string budget = "") : Attribute
{
    public string Name => name;

    public string Unit => unit;

    public long Units => units;

    public string Budget => budget;
}
