namespace BackupPS;

/// <summary>A file, folder or other item in a snapshot; where several snapshots were searched, one version of it.</summary>
public sealed class BackupItem
{
    /// <summary>The snapshot that holds it; of several, the latest.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>Absolute path on the source. A byte that is not valid UTF-8 is U+DC80 plus (byte - 0x80).</summary>
    public required string Path { get; init; }

    /// <summary>Last part of the path.</summary>
    public required string Name { get; init; }

    /// <summary><c>File</c>, <c>Directory</c>, <c>SymbolicLink</c>, <c>Fifo</c>, <c>Socket</c>, <c>CharacterDevice</c> or <c>BlockDevice</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Size in bytes; 0 for what is not a file.</summary>
    public long Size { get; init; }

    /// <summary>Modification time (UTC, to 100 ns).</summary>
    public DateTimeOffset Modified { get; init; }

    /// <summary>Permissions as <c>ls</c> shows them (<c>rwxr-xr-x</c>), or Windows attributes.</summary>
    public string Mode { get; init; } = "";

    /// <summary>Owner: name, or number where no name was known.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Group: name, or number where no name was known.</summary>
    public string Group { get; init; } = "";

    /// <summary>Where a symbolic link points; empty for other items.</summary>
    public string LinkTarget { get; init; } = "";

    /// <summary>Whether the item is one of several names of one file.</summary>
    public bool HardLinked { get; init; }

    /// <summary>The host that it was saved from.</summary>
    public string HostName { get; init; } = "";

    /// <summary>How many of the snapshots that were looked at hold it as it is here.</summary>
    public int SnapshotCount { get; init; }

    /// <summary>When the first of these was made (UTC).</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>When the last of these was made (UTC).</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>Ids of these, the oldest first.</summary>
    public string[] HeldBy { get; init; } = [];
}
