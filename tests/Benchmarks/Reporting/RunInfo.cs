namespace BackupPS.Benchmarks.Reporting;

/// <summary>Where and with what a run was measured.</summary>
internal sealed record RunInfo
{
    public required DateTime Started { get; init; }

    /// <summary>The command line, without folders of this machine.</summary>
    public required string Command { get; init; }

    /// <summary>Commit of the checkout; with <c>+</c> where it had changes.</summary>
    public required string Commit { get; init; }

    public required string Processor { get; init; }

    public required int Processors { get; init; }

    /// <summary>Bytes of memory.</summary>
    public required long Memory { get; init; }

    public required string Kernel { get; init; }

    public required string FileSystem { get; init; }

    /// <summary>Share of the full size of the data sets.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Version of each program.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }
}
