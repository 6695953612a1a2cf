namespace BackupPS.Benchmarks.Measuring;

/// <summary>What one process took.</summary>
/// <param name="ExitCode">0: success.</param>
/// <param name="WallSeconds">From start to end.</param>
/// <param name="UserSeconds">CPU time in user mode, children included.</param>
/// <param name="SystemSeconds">CPU time in the kernel, children included.</param>
/// <param name="PeakResident">Peak resident set, in bytes.</param>
/// <param name="PeakAnonymous">Peak of its resident anonymous memory, children included, in bytes, as sampled.</param>
internal sealed record Measurement(int ExitCode, double WallSeconds, double UserSeconds, double SystemSeconds, long PeakResident, long PeakAnonymous);
