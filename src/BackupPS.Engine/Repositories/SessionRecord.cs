namespace BackupPS.Engine.Repositories;

/// <summary>That somebody writes.</summary>
internal sealed record SessionRecord
{
    public required string HostName { get; init; }

    public required string HostId { get; init; }

    public required string UserName { get; init; }

    public required int ProcessId { get; init; }

    public required string PolicyName { get; init; }

    public required DateTime Started { get; init; }
}
