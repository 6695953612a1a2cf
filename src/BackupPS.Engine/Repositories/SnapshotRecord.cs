using System.Text.Json;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>What a snapshot object holds. Texts that are paths are escaped (<see cref="PathText.Escape"/>).</summary>
internal sealed record SnapshotRecord
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

    /// <exception cref="JsonException">The members are not those of a snapshot.</exception>
    public static SnapshotRecord Read(JsonFields fields)
    {
        var record = new SnapshotRecord
        {
            Id = fields.Text("id"),
            Time = fields.Time("time"),
            HostName = fields.Text("hostName"),
            HostId = fields.Text("hostId"),
            UserName = fields.Text("userName"),
            PolicyName = fields.Text("policyName"),
            Source = fields.Texts("source"),
            Type = fields.Text("type"),
            Status = fields.Text("status"),
            ParentId = fields.Text("parentId"),
            PredecessorId = fields.Text("predecessorId"),
            Sequence = fields.Number("sequence"),
            Root = fields.Text("root"),
            Tag = fields.TextsOrNone("tag"),
            FileCount = fields.NumberOrZero("fileCount"),
            DirectoryCount = fields.NumberOrZero("directoryCount"),
            Bytes = fields.NumberOrZero("bytes"),
            FilesNew = fields.NumberOrZero("filesNew"),
            FilesChanged = fields.NumberOrZero("filesChanged"),
            FilesRemoved = fields.NumberOrZero("filesRemoved"),
            FilesUnchanged = fields.NumberOrZero("filesUnchanged"),
            BytesRead = fields.NumberOrZero("bytesRead"),
            BytesAdded = fields.NumberOrZero("bytesAdded"),
            BytesStored = fields.NumberOrZero("bytesStored"),
            FaultCount = fields.SmallOrZero("faultCount"),
            Program = fields.Text("program"),
        };
        record.Check();
        return record;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("id", Id);
        json.WriteString("time", Time);
        json.WriteString("hostName", HostName);
        json.WriteString("hostId", HostId);
        json.WriteString("userName", UserName);
        json.WriteString("policyName", PolicyName);
        json.WriteTexts("source", Source);
        json.WriteString("type", Type);
        json.WriteString("status", Status);
        json.WriteString("parentId", ParentId);
        json.WriteString("predecessorId", PredecessorId);
        json.WriteNumber("sequence", Sequence);
        json.WriteString("root", Root);
        json.WriteTexts("tag", Tag);
        json.WriteNumber("fileCount", FileCount);
        json.WriteNumber("directoryCount", DirectoryCount);
        json.WriteNumber("bytes", Bytes);
        json.WriteNumber("filesNew", FilesNew);
        json.WriteNumber("filesChanged", FilesChanged);
        json.WriteNumber("filesRemoved", FilesRemoved);
        json.WriteNumber("filesUnchanged", FilesUnchanged);
        json.WriteNumber("bytesRead", BytesRead);
        json.WriteNumber("bytesAdded", BytesAdded);
        json.WriteNumber("bytesStored", BytesStored);
        json.WriteNumber("faultCount", FaultCount);
        json.WriteString("program", Program);
    }

    private void Check()
    {
        if (!RepositoryLayout.IsHex(Id, RepositoryLayout.IdLength)) throw new JsonException("its id is none");
        if (!RepositoryLayout.IsHex(Root, 2 * BlobId.Length)) throw new JsonException("its root is no id of a blob");
        foreach (string path in Source)
        {
            try
            {
                PathText.Unescape(path);
            }
            catch (FormatException e)
            {
                throw new JsonException(e.Message, e);
            }
        }
    }
}
