using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Compares the metadata of an item with that in the snapshot, as far as this account can set it.</summary>
internal sealed class MetadataComparer(MetadataRestorer metadata, OwnerMap owners, Changes? changes, RestoreCounters counters)
{
    private const uint SetIdBits = 0xC00, OwnerReads = 0x100; // 06000, 0400

    /// <returns><see langword="null"/>: it is the same.</returns>
    public async ValueTask<Mending?> CompareAsync(
        TargetFolder holder,
        byte[] name,
        ItemInfo there,
        TreeEntry entry,
        string path,
        CancellationToken cancellationToken)
    {
        IFolder folder = holder.Folder;
        IReadOnlyList<ExtendedAttribute> wanted = await metadata.ReadAttributesAsync(entry, cancellationToken);
        IReadOnlyList<ExtendedAttribute> present = ReadAttributes(folder, name, there, path);
        (uint user, uint group) = OperatingSystem.IsWindows() ? (there.UserId, there.GroupId) : owners.Resolve(entry);
        bool ownerSame = there.UserId == user && there.GroupId == group;
        bool changesOwner = !ownerSame && owners.CanChangeOwner;
        bool hasMode = entry.Kind != ItemKind.SymbolicLink && !OperatingSystem.IsWindows();
        if ((changesOwner || (hasMode && there.Mode != entry.Mode)) && !there.IsMountRoot && changes?.KeepsModes(holder) == false)
        {
            // It is as its file system shows everything: that cannot be mended, and is no difference.
            if (changesOwner) counters.Losses.Add(TargetLoss.Owner, path);
            if (hasMode && there.Mode != entry.Mode) counters.Losses.Add(TargetLoss.Mode, path);
            changesOwner = hasMode = false;
            ownerSame = true;
        }

        if (!ownerSame && !changesOwner && !entry.Ancestor) Interlocked.Increment(ref counters.OwnersLeft);

        // Without the right to give files away, setuid and setgid would lend this account's rights.
        uint mode = ownerSame || changesOwner ? entry.Mode : entry.Mode & ~SetIdBits;
        bool changesAttributes = Differ(present, wanted);
        bool changesMode = hasMode && there.Mode != mode;
        bool changesTime = !entry.Ancestor && there.Modified != entry.Modified;
        bool changesWindows = entry.WindowsAttributes != 0 && OperatingSystem.IsWindows() && there.WindowsAttributes != entry.WindowsAttributes;
        if (!changesOwner && !changesAttributes && !changesMode && !changesTime && !changesWindows) return null;

        // One brings the other along: a new owner takes capabilities and setuid away, an ACL and the mode hold the same bits.
        bool attributes = changesAttributes || (changesOwner && (present.Count > 0 || wanted.Count > 0));
        bool modes = changesMode || (hasMode && (changesOwner || attributes));
        return new Mending(
            new ItemState
            {
                Owner = changesOwner ? (there.UserId, there.GroupId) : null,
                Attributes = attributes ? present : null,
                Modified = changesTime ? there.Modified : null,
                Mode = modes ? there.Mode : null,
                WindowsAttributes = changesWindows ? there.WindowsAttributes : null,
            },
            new ItemState
            {
                Owner = changesOwner ? (user, group) : null,
                Attributes = attributes ? wanted : null,
                Modified = changesTime ? entry.Modified : null,
                Mode = modes ? mode : null,
                WindowsAttributes = changesWindows ? entry.WindowsAttributes : null,
            });
    }

    // Of a file that may not be read the values are left out, which is not told: they would count as missing.
    private IReadOnlyList<ExtendedAttribute> ReadAttributes(IFolder folder, byte[] name, in ItemInfo there, string path)
    {
        if (changes is null || there.Kind != ItemKind.File || (there.Mode & OwnerReads) != 0 || OperatingSystem.IsWindows())
        {
            return folder.ReadAttributes(name, there.Kind);
        }

        try
        {
            return changes.Opened.OpenFile(folder, name, changes.Opened.PathOf(path), () =>
            {
                using IReadableFile file = folder.OpenFile(name);
                return folder.ReadAttributes(name, ItemKind.File);
            });
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied)
        {
            // It is another's.
            return folder.ReadAttributes(name, ItemKind.File);
        }
    }

    private bool Differ(IReadOnlyList<ExtendedAttribute> present, IReadOnlyList<ExtendedAttribute> wanted)
    {
        if (OperatingSystem.IsWindows()) return false;
        foreach (ExtendedAttribute attribute in wanted)
        {
            if (Find(present, attribute.Name) is not { } there || !there.Value.AsSpan().SequenceEqual(attribute.Value)) return true;
        }

        foreach (ExtendedAttribute attribute in present)
        {
            if (!ExtendedAttribute.BelongsToItem(attribute.Name) || Find(wanted, attribute.Name) is not null) continue;
            if (owners.CanChangeOwner || !MetadataRestorer.NeedsRoot(attribute.Name)) return true;
        }

        return false;
    }

    private static ExtendedAttribute? Find(IReadOnlyList<ExtendedAttribute> attributes, byte[] name)
    {
        foreach (ExtendedAttribute attribute in attributes)
        {
            if (attribute.Name.AsSpan().SequenceEqual(name)) return attribute;
        }

        return null;
    }
}
