namespace BackupPS.Engine.Repositories;

/// <summary>At a snapshot's name in place of one: its session was fenced off, or it was removed while its session object stood.</summary>
internal sealed record TombstoneRecord
{
    /// <summary><c>fenced</c> or <c>removed</c>.</summary>
    public required string Reason { get; init; }

    public required DateTime Time { get; init; }
}
