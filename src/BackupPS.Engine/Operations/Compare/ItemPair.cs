using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>What the two sides of a comparison have at one path.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Before">The item before; <see langword="null"/>: none.</param>
/// <param name="After">The item after; <see langword="null"/>: none.</param>
/// <param name="Place">Where the item after is on this host, if it is there.</param>
internal readonly record struct ItemPair(string Path, TreeEntry? Before, TreeEntry? After, SourceFolder? Place);
