namespace BackupPS.Engine.Catalog;

/// <summary>What is known of a run when it begins.</summary>
internal sealed record RunStart
{
    /// <summary><c>Backup</c>, <c>Restore</c>, <c>Verify</c>, <c>Retention</c> or <c>Optimize</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id; empty while it is not known.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The policy; empty where there is none.</summary>
    public string PolicyName { get; init; } = "";

    /// <summary>Backup: its type, where it is known already. Verify: its level. Else empty.</summary>
    public string Type { get; init; } = "";

    /// <summary>The host that runs it.</summary>
    public string HostName { get; init; } = "";
}
