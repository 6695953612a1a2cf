using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>Compares items of a snapshot with those that are there on this host.</summary>
/// <param name="snapshot">The snapshot.</param>
/// <param name="accounts">Accounts of this host.</param>
/// <param name="content">Whether files of the same size are read.</param>
internal sealed class LiveComparer(SnapshotReading snapshot, IAccounts accounts, bool content)
{
    private readonly FileComparer comparer = new(snapshot.Blobs, snapshot.Trees, bytes => snapshot.Repository.Keys.ComputeId(BlobKind.Data, bytes.Span));

    /// <summary>What differs.</summary>
    /// <param name="pair">The item before and now.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">What the snapshot has of the item cannot be read.</exception>
    /// <exception cref="PlatformException">What is there cannot be read.</exception>
    public async ValueTask<List<string>> CompareAsync(ItemPair pair, CancellationToken cancellationToken)
    {
        TreeEntry before = pair.Before!, now = pair.After!;
        List<string> differs = ItemDifference.Find(before, now);
        if (before.Kind != now.Kind) return differs;
        if (content && before.Kind == ItemKind.File && !differs.Contains(ItemDifference.Size) && !await IsSameAsync(pair, cancellationToken)) differs.Insert(0, ItemDifference.Content);

        // As for a backup: an item that has its times and its inode has not been touched.
        bool untouched = before.Modified == now.Modified && before.Changed == now.Changed && before.Inode == now.Inode;
        if (!untouched && !OperatingSystem.IsWindows() && !await HasAttributesAsync(pair, cancellationToken)) differs.Add(ItemDifference.Attributes);
        return differs;
    }

    private async ValueTask<bool> IsSameAsync(ItemPair pair, CancellationToken cancellationToken)
    {
        using IReadableFile file = pair.Place!.Open().OpenFile(pair.After!.Name);
        return (await comparer.CompareAsync(file, pair.Before!, cancellationToken)).Same;
    }

    private async ValueTask<bool> HasAttributesAsync(ItemPair pair, CancellationToken cancellationToken)
    {
        byte[] wanted = Comparable(await snapshot.Trees.ReadAttributesAsync(pair.Before!, cancellationToken));
        byte[] there = Comparable(pair.Place!.Open().ReadAttributes(pair.After!.Name, pair.After.Kind));
        return wanted.AsSpan().SequenceEqual(there);
    }

    // Labels of the system are its own, and what only root may see is not known to others.
    private byte[] Comparable(IReadOnlyList<ExtendedAttribute> attributes) =>
        AttributeSet.Encode([.. attributes.Where(a => ExtendedAttribute.BelongsToItem(a.Name) && (accounts.CanChangeOwner || !MetadataRestorer.NeedsRoot(a.Name)))]);
}
