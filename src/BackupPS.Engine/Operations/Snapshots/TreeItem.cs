using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>An item met on the way through a snapshot.</summary>
/// <param name="Depth">0 for the items of the root tree.</param>
/// <param name="Folder">Absolute path of its folder on the source.</param>
/// <param name="Entry">The item.</param>
/// <param name="Selected">Whether it is wanted; a folder that is not may have something wanted below it.</param>
internal readonly record struct TreeItem(int Depth, string Folder, TreeEntry Entry, bool Selected)
{
    /// <summary>Absolute path on the source, put together anew each time: few items need it.</summary>
    public string Path => SourcePath.Join(Folder, PathText.FromBytes(Entry.Name));
}
