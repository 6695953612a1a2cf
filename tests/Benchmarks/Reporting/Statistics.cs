namespace BackupPS.Benchmarks.Reporting;

/// <summary>Medians and extremes of a few rounds.</summary>
/// <param name="Median">The middle value, or the mean of the two middle ones.</param>
/// <param name="Minimum">The smallest.</param>
/// <param name="Maximum">The largest.</param>
internal readonly record struct Statistics(double Median, double Minimum, double Maximum)
{
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Statistics Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) throw new ArgumentException("There are no values.", nameof(values));
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Statistics(median, sorted[0], sorted[^1]);
    }
}
