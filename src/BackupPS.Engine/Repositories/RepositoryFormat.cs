namespace BackupPS.Engine.Repositories;

/// <summary>The members of repository.json that every version of the format has.</summary>
internal sealed record RepositoryFormat
{
    public required string Format { get; init; }

    public required int Version { get; init; }

    public required string Checksum { get; init; }
}
