namespace BackupPS.Engine.Repositories;

/// <summary>A snapshot with what its latest note says.</summary>
/// <param name="Record">What was committed.</param>
/// <param name="Tag">Tags now.</param>
/// <param name="Hold">Whether retention must leave it alone.</param>
/// <param name="NoteNumber">Number of the latest note; -1 where there is none.</param>
internal sealed record SnapshotState(SnapshotRecord Record, IReadOnlyList<string> Tag, bool Hold, int NoteNumber)
{
    public BackupSnapshot ToModel(string repositoryReference, string repositoryId) => new()
    {
        SnapshotId = Record.Id,
        Repository = repositoryReference,
        RepositoryId = repositoryId,
        PolicyName = Record.PolicyName,
        Time = Record.Time,
        Type = Record.Type,
        Status = Record.Status,
        HostName = Record.HostName,
        HostId = Record.HostId,
        UserName = Record.UserName,
        Source = Array.ConvertAll(Record.Source, PathText.Unescape),
        Tag = [.. Tag],
        Hold = Hold,
        ParentId = Record.ParentId,
        PredecessorId = Record.PredecessorId,
        Sequence = Record.Sequence,
        FileCount = Record.FileCount,
        DirectoryCount = Record.DirectoryCount,
        Bytes = Record.Bytes,
        BytesStored = Record.BytesStored,
        FaultCount = Record.FaultCount,
    };
}
