namespace BackupPS.Benchmarks.Reporting;

/// <summary>One measured process. Times in seconds, sizes in bytes.</summary>
/// <param name="Run">Number of the run in the file, from 0.</param>
/// <param name="DataSet">What it worked on.</param>
/// <param name="Operation">What it did.</param>
/// <param name="Peer">Which program.</param>
/// <param name="Round">From 1.</param>
/// <param name="Wall">From start to end.</param>
/// <param name="User">CPU in user mode.</param>
/// <param name="System">CPU in the kernel.</param>
/// <param name="Rss">Peak resident set.</param>
/// <param name="Anon">Peak resident anonymous memory.</param>
/// <param name="Repository">Size of the repository afterwards; backups only.</param>
/// <param name="Added">By how much the repository grew; backups only.</param>
internal sealed record Sample(int Run, string DataSet, string Operation, string Peer, int Round, double Wall, double User, double System, long Rss, long Anon, long? Repository = null, long? Added = null);
