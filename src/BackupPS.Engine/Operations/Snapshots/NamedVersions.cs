using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>What several snapshots have under one name of one folder.</summary>
/// <param name="name">The name.</param>
internal sealed class NamedVersions(byte[] name)
{
    private readonly Dictionary<BlobId, SnapshotNumbers> subtrees = [];

    public byte[] Name => name;

    /// <summary>The distinct versions, in the order in which they were met.</summary>
    public List<ItemVersion> Versions { get; } = [];

    /// <summary>The distinct trees of what is a folder under this name, and which snapshots have each.</summary>
    public IReadOnlyDictionary<BlobId, SnapshotNumbers> Subtrees => subtrees;

    /// <summary>Adds an item that some snapshots have under the name.</summary>
    /// <returns>The item, or an equal one that is held already.</returns>
    public TreeEntry Add(TreeEntry entry, SnapshotNumbers holders)
    {
        if (entry.Kind == ItemKind.Directory)
        {
            if (subtrees.TryGetValue(entry.Subtree, out SnapshotNumbers? same)) same.Add(holders);
            else subtrees.Add(entry.Subtree, holders.Copy());
        }

        if (Versions.Find(v => v.Is(entry)) is { } version) return version.Add(entry, holders);
        Versions.Add(new ItemVersion(entry, holders.Copy()));
        return entry;
    }
}
