namespace BackupPS.Benchmarks.Peers;

/// <summary>What a peer works on.</summary>
/// <param name="State">Folder of the repository and of whatever the program keeps on the host: caches, settings, a catalog.</param>
/// <param name="Source">What is backed up.</param>
/// <param name="Secrets">The passphrase and the key file.</param>
internal sealed record PeerWork(string State, string Source, SecretFiles Secrets)
{
    /// <summary>Where every peer keeps its repository.</summary>
    public string Repository => Path.Combine(State, "repository");

    /// <summary>An empty folder on the repository's disk, for restores.</summary>
    public string Target { get; init; } = "";

    /// <summary>The one file that is restored, with its whole path.</summary>
    public string OneFile { get; init; } = "";

    /// <summary>Whether the source has holes.</summary>
    public bool HasHoles { get; init; }

    /// <summary>A name for the snapshot that is written, for peers that need one.</summary>
    public string NewSnapshot { get; init; } = "";

    /// <summary>The name of the latest snapshot.</summary>
    public string Snapshot { get; init; } = "";
}
