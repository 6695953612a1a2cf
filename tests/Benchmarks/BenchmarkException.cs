namespace BackupPS.Benchmarks;

/// <summary>The benchmark cannot go on; the message tells the user why, and needs no stack trace.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
