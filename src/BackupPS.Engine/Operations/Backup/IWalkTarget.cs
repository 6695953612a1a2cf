using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Where a walk leads: a backup, or the plan of one.</summary>
internal interface IWalkTarget : IFolderCompletion
{
    /// <summary>A folder was opened; <see cref="IFolderCompletion.Complete"/> tells when it is closed again.</summary>
    void Enter(FolderNode node);

    /// <summary>Takes a file that must be read; its slot is filled later. May block.</summary>
    void Read(FileJob job);

    /// <summary>Whether the repository has a blob.</summary>
    bool Has(BlobId id);

    /// <summary>An item of the walk that is done without reading.</summary>
    void Passed(FolderNode node, byte[] name);
}
