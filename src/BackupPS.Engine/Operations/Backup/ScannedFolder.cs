namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// A run of items of one folder, in the order of names. What is in the folders among them follows in the same order, then the next run of this
/// folder, until the last.
/// </summary>
/// <param name="Batch">Where the items are.</param>
/// <param name="First">The first of them there.</param>
/// <param name="Count">How many there are; may be 0.</param>
/// <param name="IsLast">Whether the folder has no more.</param>
/// <param name="IsListed">Whether the folder could be listed.</param>
/// <param name="Attributes">With the first run: the folder's extended attributes, encoded.</param>
/// <param name="Faults">With the first run: what went wrong with the folder itself.</param>
internal readonly record struct ScannedFolder(ScanBatch Batch, int First, int Count, bool IsLast, bool IsListed, byte[] Attributes, IReadOnlyList<BackupFault> Faults);
