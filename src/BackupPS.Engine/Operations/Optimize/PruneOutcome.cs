namespace BackupPS.Engine.Operations.Optimize;

/// <summary>What a pruner has done.</summary>
internal sealed record PruneOutcome
{
    /// <summary>Recovery points, all of which are as they were.</summary>
    public required int SnapshotCount { get; init; }

    /// <summary>Packs deleted, those of earlier runs' decisions included.</summary>
    public required int PacksRemoved { get; init; }

    /// <summary>Bytes of them.</summary>
    public required long BytesRemoved { get; init; }

    /// <summary>Packs of which what is needed was written anew.</summary>
    public required int PacksRewritten { get; init; }

    /// <summary>Packs put.</summary>
    public required int PacksAdded { get; init; }

    /// <summary>Bytes of packs and index objects put.</summary>
    public required long BytesAdded { get; init; }

    /// <summary>Index objects that others stand for now.</summary>
    public required int IndexObjectsReplaced { get; init; }

    /// <summary>Sessions fenced off.</summary>
    public required int SessionsFenced { get; init; }

    /// <summary>Packs that wait for writers to end, or are kept for a while.</summary>
    public required int PendingPacks { get; init; }

    /// <summary>Those of them that are kept for a while.</summary>
    public required int KeptPacks { get; init; }

    /// <summary>Sessions that they wait for.</summary>
    public required string[] WaitingFor { get; init; }

    /// <summary>Bytes that nobody needs and that were left, as far as the index tells.</summary>
    public required long BytesUnused { get; init; }
}
