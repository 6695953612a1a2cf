namespace BackupPS.Benchmarks.DataSets;

/// <summary>What data sets are made from.</summary>
/// <param name="Seed">Of everything that is drawn.</param>
/// <param name="Scale">Share of the full size, above 0 to 1; only 1 is worth a published figure.</param>
/// <param name="Linux">Debian's kernel source.</param>
/// <param name="Scratch">An existing folder for what is needed meanwhile.</param>
internal sealed record DataOrigin(ulong Seed, double Scale, LinuxSource Linux, string Scratch)
{
    /// <summary>A count or size at this scale, at least 1.</summary>
    public long Scaled(long full) => Math.Max(1, (long)(full * Scale));

    /// <summary>Numbers of their own for each use.</summary>
    public SeededRandom Random(ulong use) => new(Seed + (use << 32));
}
