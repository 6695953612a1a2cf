using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>A file that is to be read.</summary>
/// <param name="Node">Its folder.</param>
/// <param name="Slot">Where its entry goes.</param>
/// <param name="Name">Its name.</param>
/// <param name="Info">What the walk saw of it.</param>
/// <param name="Suspect">The parent's entry, when the file looks as it did then and the parent could not trust that: its content decides whether it has changed.</param>
internal sealed record FileJob(FolderNode Node, int Slot, byte[] Name, ItemInfo Info, TreeEntry? Suspect);
