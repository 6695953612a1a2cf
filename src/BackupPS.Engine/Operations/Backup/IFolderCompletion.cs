using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Writes the folders whose items are all known.</summary>
internal interface IFolderCompletion
{
    /// <summary>Called once for each folder that differs from the parent's, after those below it, from any thread.</summary>
    /// <returns>The folder's tree.</returns>
    BlobId Complete(FolderNode node);

    /// <summary>The root's tree is there.</summary>
    void CompleteRoot(BlobId tree);
}
