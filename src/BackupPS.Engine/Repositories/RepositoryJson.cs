namespace BackupPS.Engine.Repositories;

/// <summary>JSON of the format: camelCase members, no null, no reflection.</summary>
internal sealed class RepositoryJson
{
    private RepositoryJson()
    {
    }

    /// <summary>The forms.</summary>
    public static RepositoryJson Default { get; } = new();

    public RecordForm<SnapshotRecord> SnapshotRecord { get; } = new(Repositories.SnapshotRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<SnapshotNote> SnapshotNote { get; } = new(Repositories.SnapshotNote.Read, static (json, record) => record.Write(json));

    public RecordForm<RemovalRecord> RemovalRecord { get; } = new(Repositories.RemovalRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<TombstoneRecord> TombstoneRecord { get; } = new(Repositories.TombstoneRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<SessionRecord> SessionRecord { get; } = new(Repositories.SessionRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<RetiredRecord> RetiredRecord { get; } = new(Repositories.RetiredRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<SweeperRecord> SweeperRecord { get; } = new(Repositories.SweeperRecord.Read, static (json, record) => record.Write(json));

    public RecordForm<RepositoryConfig> RepositoryConfig { get; } = new(Repositories.RepositoryConfig.Read, static (json, record) => record.Write(json));
}
