namespace BackupPS.Benchmarks.Measuring;

/// <summary>Compares what was restored with what was saved, by a program that is none of the peers.</summary>
internal static class RestoredTree
{
    /// <param name="source">What was saved.</param>
    /// <param name="target">The folder that a peer restored into, below which the source's whole path stands.</param>
    /// <param name="peer">Whose restore it is.</param>
    /// <exception cref="BenchmarkException">They differ: a fast restore of something else is no restore.</exception>
    public static void Compare(string source, string target, string peer)
    {
        // Content by checksum, modes, owners, times, links, hard links, ACLs, extended attributes; and nothing more than there was.
        string differences = ProcessRunner.Run(new Launch("rsync", "-naicHAX", "--delete", source + "/", target + source + "/")).Trim();
        if (differences.Length > 0) throw new BenchmarkException($"What {peer} restored differs from what it saved:\n{ProcessRunner.Tail(differences)}");
    }
}
