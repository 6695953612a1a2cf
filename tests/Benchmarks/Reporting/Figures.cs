namespace BackupPS.Benchmarks.Reporting;

/// <summary>What the samples say: medians, and what is left of ours when the empty host of the same rounds is taken off.</summary>
internal sealed class Figures(ResultFile results)
{
    private readonly ILookup<(string DataSet, string Operation, string Peer), Sample> samples = results.Samples.ToLookup(static s => (s.DataSet, s.Operation, s.Peer));

    /// <summary>Statistics over the rounds; <see langword="null"/> where nothing was measured.</summary>
    public Statistics? Find(string dataSet, string operation, string peer, Func<Sample, double?> value)
    {
        double[] values = [.. samples[(dataSet, operation, peer)].Select(value).OfType<double>()];
        return values.Length == 0 ? null : Statistics.Of(values);
    }

    public double? Median(string dataSet, string operation, string peer, Func<Sample, double?> value) => Find(dataSet, operation, peer, value)?.Median;

    /// <summary>The time that counts: the median, for a peer in pwsh less the median of the empty pwsh.</summary>
    public double? Wall(string dataSet, string operation, string peer) => LessHost(dataSet, operation, peer, static s => s.Wall);

    /// <summary>The CPU time that counts.</summary>
    public double? Processor(string dataSet, string operation, string peer) => LessHost(dataSet, operation, peer, static s => s.User + s.System);

    /// <summary>The peak of anonymous memory that counts.</summary>
    public double? Anonymous(string dataSet, string operation, string peer) => LessHost(dataSet, operation, peer, static s => s.Anon);

    /// <summary>What counts of ours, over the median of a peer's.</summary>
    public double? Ratio(string dataSet, string operation, string ours, string theirs) =>
        Wall(dataSet, operation, ours) / Wall(dataSet, operation, theirs);

    private double? LessHost(string dataSet, string operation, string peer, Func<Sample, double?> value)
    {
        double? whole = Median(dataSet, operation, peer, value);
        return PeerNames.IsHosted(peer) ? whole - Median(dataSet, operation, PeerNames.EmptyHost, value) : whole;
    }
}
