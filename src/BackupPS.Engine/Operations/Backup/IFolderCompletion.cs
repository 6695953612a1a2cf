using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Takes each folder whose items are all known.</summary>
internal interface IFolderCompletion
{
    /// <summary>Called once for each folder, after those below it, from any thread.</summary>
    /// <param name="node">The folder.</param>
    /// <param name="items">Its items in the order of their names.</param>
    /// <param name="entry">The folder's entry, which gets its tree here; <see langword="null"/> for the root.</param>
    void Complete(FolderNode node, IReadOnlyList<TreeEntry> items, TreeEntry? entry);
}
