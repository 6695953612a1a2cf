namespace BackupPS;

/// <summary>What maintenance of a repository has done.</summary>
public sealed class MaintenanceResult
{
    /// <summary>The run in the catalog.</summary>
    public required string RunId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary><c>Optimize</c>.</summary>
    public required string Operation { get; init; }

    /// <summary><c>Complete</c>, or <c>Waiting</c> where packs can only go once running backups have ended: a later run goes on.</summary>
    public required string Status { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Recovery points of the repository, all of which are as they were.</summary>
    public int SnapshotCount { get; init; }

    /// <summary>Packs deleted, those included on which an earlier run had decided.</summary>
    public int PacksRemoved { get; init; }

    /// <summary>Bytes of the packs deleted.</summary>
    public long BytesRemoved { get; init; }

    /// <summary>Packs of which what is needed was written anew. They are deleted too, now or by a later run.</summary>
    public int PacksRewritten { get; init; }

    /// <summary>Packs written.</summary>
    public int PacksAdded { get; init; }

    /// <summary>Bytes written: packs and index objects.</summary>
    public long BytesAdded { get; init; }

    /// <summary>Bytes in the packs that stay and that no snapshot needs, as far as the index tells.</summary>
    public long BytesUnused { get; init; }

    /// <summary>Index objects that were joined, or written anew without packs that are gone.</summary>
    public int IndexObjectsReplaced { get; init; }

    /// <summary>Sessions that were fenced off: their runs fail, and lose nothing but their time.</summary>
    public int SessionsFenced { get; init; }

    /// <summary>Packs that wait for running backups to end.</summary>
    public int PendingPacks { get; init; }

    /// <summary>Ids of the sessions that they wait for.</summary>
    public string[] WaitingFor { get; init; } = [];
}
