namespace BackupPS.Benchmarks.Reporting;

/// <summary>Peers as results and tables name them.</summary>
internal static class PeerNames
{
    public const string Ours = "BackupPS", OursWithKeyFile = "BackupPS (key file)", EngineAlone = "engine alone", Restic = "restic", Borg = "borg";

    /// <summary>The process that is subtracted from those in pwsh.</summary>
    public const string EmptyHost = "empty pwsh";

    /// <summary>Stands for a peer where something within a session is timed.</summary>
    public const string Prompt = "at the prompt";

    /// <summary>The order of the tables.</summary>
    public static IReadOnlyList<string> InOrder { get; } = [Ours, OursWithKeyFile, EngineAlone, Restic, Borg, EmptyHost];

    /// <summary>Whether a peer runs in pwsh, so that the empty one is subtracted.</summary>
    public static bool IsHosted(string peer) => peer is Ours or OursWithKeyFile;
}
