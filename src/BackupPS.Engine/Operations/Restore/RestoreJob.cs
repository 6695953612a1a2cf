using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>An item, not a folder, that is to be restored.</summary>
/// <param name="Folder">Where to; held open by the job.</param>
/// <param name="Path">Absolute path on the source, for messages.</param>
/// <param name="Entry">The item.</param>
internal sealed record RestoreJob(RestoreFolder Folder, string Path, TreeEntry Entry);
