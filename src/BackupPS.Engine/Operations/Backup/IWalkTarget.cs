using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Where a walk leads: a backup, or the plan of one.</summary>
internal interface IWalkTarget : IFolderCompletion
{
    /// <summary>Writes trees; <see langword="null"/> for a plan, which has none.</summary>
    TreeWriter? Trees { get; }

    /// <summary>The folders that are opened to read what is in them.</summary>
    OpenFolders Open { get; }

    /// <summary>Takes a file that must be read; its slot is filled later. May block.</summary>
    void Read(FileJob job);

    /// <summary>Whether the repository has a blob.</summary>
    bool Has(BlobId id);

    /// <summary>An item of the walk that is done without reading.</summary>
    void Passed(FolderNode node, ReadOnlySpan<byte> name);
}
