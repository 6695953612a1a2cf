namespace BackupPS;

/// <summary>What retention does with one snapshot, and why.</summary>
public sealed class RetentionDecision
{
    /// <summary>The snapshot.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The policy whose rules were applied.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The host that the snapshot was made on: this one.</summary>
    public required string HostName { get; init; }

    /// <summary>When the backup began (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>Keep</c> or <c>Remove</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The rules that keep it (<c>last 3</c>, <c>daily 2</c>, <c>within 7d</c>, <c>hold</c>); empty for one that goes.</summary>
    public string[] Reason { get; init; } = [];

    /// <summary>
    /// Under <c>-WhatIf</c>: bytes in the repository that its removal frees after those before it in the list, once the repository is optimized. 0 for one
    /// that stays.
    /// </summary>
    public long BytesFreed { get; init; }
}
