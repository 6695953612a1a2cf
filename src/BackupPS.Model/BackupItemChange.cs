namespace BackupPS;

/// <summary>An item that differs between two snapshots, or between a snapshot and what is on this host now.</summary>
public sealed class BackupItemChange
{
    /// <summary>The snapshot that holds it, for a restore: the reference, or the other one for an item that only that has.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The snapshot that tells how it was before.</summary>
    public required string ReferenceId { get; init; }

    /// <summary>The snapshot that tells how it is after; empty where that is this host now.</summary>
    public required string DifferenceId { get; init; }

    /// <summary>Absolute path on the source. A byte that is not valid UTF-8 is U+DC80 plus (byte - 0x80).</summary>
    public required string Path { get; init; }

    /// <summary>Last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary><c>Added</c>, <c>Removed</c>, <c>Modified</c>, <c>MetadataChanged</c> or <c>TypeChanged</c>.</summary>
    public required string Change { get; init; }

    /// <summary>What differs: <c>Type</c>, <c>Size</c>, <c>Content</c>, <c>LinkTarget</c>, <c>Device</c>, <c>Modified</c>, <c>Mode</c>, <c>Owner</c>, <c>Group</c>, <c>Attributes</c>; empty for what is added or removed.</summary>
    public string[] Differs { get; init; } = [];

    /// <summary>What it is after, as in <see cref="BackupItem.Type"/>; of what is removed, what it was.</summary>
    public required string Type { get; init; }

    /// <summary>What it was before; empty for what is added.</summary>
    public string TypeBefore { get; init; } = "";

    /// <summary>Size in bytes after; 0 for what is removed or is not a file.</summary>
    public long Size { get; init; }

    /// <summary>Size in bytes before; 0 for what is added or was not a file.</summary>
    public long SizeBefore { get; init; }

    /// <summary>Modification time after (UTC, to 100 ns); <see cref="DateTimeOffset.MinValue"/> for what is removed.</summary>
    public DateTimeOffset Modified { get; init; }

    /// <summary>Modification time before (UTC, to 100 ns); <see cref="DateTimeOffset.MinValue"/> for what is added.</summary>
    public DateTimeOffset ModifiedBefore { get; init; }

    /// <summary>Permissions after, as <c>ls</c> shows them, or Windows attributes; empty for what is removed.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Permissions before; empty for what is added.</summary>
    public string ModeBefore { get; init; } = "";

    /// <summary>Owner after: name, or number where no name was known; empty for what is removed.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Owner before; empty for what is added.</summary>
    public string OwnerBefore { get; init; } = "";

    /// <summary>Group after: name, or number where no name was known; empty for what is removed.</summary>
    public string Group { get; init; } = "";

    /// <summary>Group before; empty for what is added.</summary>
    public string GroupBefore { get; init; } = "";

    /// <summary>Where a symbolic link points after; empty for other items.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>Where a symbolic link pointed before; empty for other items.</summary>
    public string LinkTargetBefore { get; init; } = "";
}
