using System.Text.Json;
using System.Text.Json.Serialization;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>What a snapshot object holds. Texts that are paths are escaped (<see cref="PathText.Escape"/>).</summary>
internal sealed record SnapshotRecord : IJsonOnDeserialized
{
    public required string Id { get; init; }

    public required DateTime Time { get; init; }

    public required string HostName { get; init; }

    public required string HostId { get; init; }

    public required string UserName { get; init; }

    public required string PolicyName { get; init; }

    /// <summary>Escaped absolute paths.</summary>
    public required string[] Source { get; init; }

    public required string Type { get; init; }

    public required string Status { get; init; }

    public required string ParentId { get; init; }

    public required string PredecessorId { get; init; }

    public required long Sequence { get; init; }

    /// <summary>Id of the root tree, 48 hexadecimal digits.</summary>
    public required string Root { get; init; }

    public string[] Tag { get; init; } = [];

    public long FileCount { get; init; }

    public long DirectoryCount { get; init; }

    public long Bytes { get; init; }

    public long FilesNew { get; init; }

    public long FilesChanged { get; init; }

    public long FilesRemoved { get; init; }

    public long FilesUnchanged { get; init; }

    public long BytesRead { get; init; }

    public long BytesAdded { get; init; }

    public long BytesStored { get; init; }

    public int FaultCount { get; init; }

    /// <summary>Version of the program that wrote it.</summary>
    public required string Program { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (!RepositoryLayout.IsHex(Id, RepositoryLayout.IdLength)) throw new JsonException("its id is none");
        if (!RepositoryLayout.IsHex(Root, 2 * BlobId.Length)) throw new JsonException("its root is no id of a blob");
        foreach (string path in Source)
        {
            try
            {
                PathText.Unescape(path ?? throw new JsonException("a source is null"));
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }
    }
}
