namespace BackupPS.Benchmarks.Reporting;

/// <summary>Something that must be reached.</summary>
/// <param name="What">The row of the table.</param>
/// <param name="Limit">No more than this.</param>
/// <param name="Format">How numbers are shown.</param>
/// <param name="Measured">What was measured; <see langword="null"/>: nothing was.</param>
internal sealed record Target(string What, double Limit, string Format, double? Measured)
{
    /// <summary>yes, by how much not, or that nothing was measured.</summary>
    public string Verdict => Measured is not { } value ? "not measured" : value <= Limit ? "yes" : $"no: {value / Limit:f2} times the limit";
}
