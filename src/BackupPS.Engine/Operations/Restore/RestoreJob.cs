using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>An item, not a folder, that is to be restored.</summary>
/// <param name="Folder">Where to; held open by the job.</param>
/// <param name="SourceFolder">Absolute path of its folder on the source.</param>
/// <param name="Entry">The item.</param>
internal sealed record RestoreJob(RestoreFolder Folder, string SourceFolder, TreeEntry Entry)
{
    /// <summary>Absolute path on the source, for messages.</summary>
    public string Path => SourcePath.Join(SourceFolder, PathText.FromBytes(Entry.Name));
}
