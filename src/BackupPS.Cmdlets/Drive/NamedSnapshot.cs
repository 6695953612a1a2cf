namespace BackupPS.Cmdlets;

/// <summary>A snapshot and its name on the drive.</summary>
internal sealed record NamedSnapshot(string Name, BackupSnapshot Snapshot);
