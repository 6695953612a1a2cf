using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Gives items their metadata back. What cannot be set is a fault, except what only root may set when this is not root: that is counted.</summary>
internal sealed class MetadataRestorer(TreeReader trees, OwnerMap owners, FaultLog faults, RestoreCounters counters)
{
    private const uint SetIdBits = 0xC00, PermissionBits = 0x1FF;

    /// <summary>The extended attributes to set: those of namespaces that this account may write, ACLs for the accounts of this host.</summary>
    public async ValueTask<IReadOnlyList<ExtendedAttribute>> ReadAttributesAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Attributes.Length == 0 && entry.AttributeBlob.IsZero) return [];
        IReadOnlyList<ExtendedAttribute> all = owners.Resolve(await trees.ReadAttributesAsync(entry, cancellationToken));
        if (all.Count == 0 || owners.CanChangeOwner) return all;
        List<ExtendedAttribute> mine = [.. all.Where(static a => !NeedsRoot(a.Name))];
        if (mine.Count < all.Count) Interlocked.Increment(ref counters.AttributesLeft);
        return mine;
    }

    /// <summary>Through the handle of a file that is being written.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">For messages.</param>
    /// <param name="entry">The file in the snapshot.</param>
    /// <param name="attributes">Its extended attributes.</param>
    /// <param name="fresh">What it has already; <see langword="null"/>: not known.</param>
    /// <param name="isNew">Whether this restore has made it, so that what is refused is what the file system cannot keep.</param>
    public void Apply(IWritableFile file, string path, TreeEntry entry, IReadOnlyList<ExtendedAttribute> attributes, NewItems? fresh, bool isNew = true)
    {
        var target = new MetadataTarget(file);
        bool owned = TrySetOwner(target, path, entry, fresh, isNew);
        uint mode = owned ? entry.Mode : entry.Mode & ~SetIdBits;
        if (attributes.Count > 0 || fresh is not { InheritAttributes: false }) TrySetAttributes(target, path, entry.Kind, attributes, isNew);
        TrySetModified(target, path, entry.Modified);

        // The last: until then the file may carry the mark of one that is not finished.
        bool moded = TrySetMode(target, path, mode, isNew);
        if (isNew && fresh is not { KeepsModes: true }) NoteIgnored(target, path, entry, owned, moded);
    }

    /// <summary>By name, for everything else.</summary>
    /// <param name="folder">The folder that holds the item.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">For messages.</param>
    /// <param name="entry">The item in the snapshot.</param>
    /// <param name="attributes">Its extended attributes.</param>
    /// <param name="fresh">What it has already; <see langword="null"/>: not known.</param>
    /// <param name="isNew">Whether this restore has made it, as above.</param>
    public void Apply(
        IFolder folder,
        byte[] name,
        string path,
        TreeEntry entry,
        IReadOnlyList<ExtendedAttribute> attributes,
        NewItems? fresh,
        bool isNew = true)
    {
        var target = new MetadataTarget(folder, name);
        bool link = entry.Kind == ItemKind.SymbolicLink;
        bool owned = TrySetOwner(target, path, entry, fresh, isNew);
        uint mode = owned ? entry.Mode : entry.Mode & ~SetIdBits;
        if (attributes.Count > 0 || (!link && fresh is not { InheritAttributes: false })) TrySetAttributes(target, path, entry.Kind, attributes, isNew);
        if (entry.WindowsAttributes != 0) TrySetWindowsAttributes(folder, name, path, entry.WindowsAttributes);
        if (!entry.Ancestor) TrySetModified(target, path, entry.Modified);

        // The last, as above: a folder may carry the mark, too.
        bool moded = !link && TrySetMode(target, path, mode, isNew);
        if (isNew && fresh is not { KeepsModes: true }) NoteIgnored(target, path, entry, owned, moded);
    }

    // Without the right to give files away, setuid and setgid would lend this account's rights: they are dropped with the owner.
    private bool TrySetOwner(in MetadataTarget target, string path, TreeEntry entry, NewItems? fresh, bool isNew)
    {
        if (OperatingSystem.IsWindows()) return true;
        (uint user, uint group) = owners.Resolve(entry);
        if (fresh is not null && fresh.UserId == user && fresh.GroupId == group) return true;
        try
        {
            target.SetOwner(user, group);
            return true;
        }
        catch (PlatformException e) when (!owners.CanChangeOwner && e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            if (!entry.Ancestor) Interlocked.Increment(ref counters.OwnersLeft);
            return false;
        }
        catch (PlatformException e)
        {
            if (!IsLoss(e, isNew)) Fault(path, "owner", e);
            else if (!entry.Ancestor) counters.Losses.Add(TargetLoss.Owner, path);
            return false;
        }
    }

    // Of what this restore has made, only a file system that cannot keep it refuses it.
    private static bool IsLoss(PlatformException e, bool isNew) => isNew && e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported;

    // Some file systems say that they have set what they do not keep.
    private void NoteIgnored(in MetadataTarget target, string path, TreeEntry entry, bool owned, bool moded)
    {
        if (OperatingSystem.IsWindows() || entry.Ancestor) return;
        try
        {
            ItemInfo info = target.GetInfo();
            if (owned && owners.CanChangeOwner && owners.Resolve(entry) != (info.UserId, info.GroupId)) counters.Losses.Add(TargetLoss.Owner, path);
            if (moded && ((info.Mode ^ entry.Mode) & PermissionBits) != 0) counters.Losses.Add(TargetLoss.Mode, path);
        }
        catch (PlatformException)
        {
            // Gone meanwhile: nothing of it is lost by its file system.
        }
    }

    private void TrySetAttributes(in MetadataTarget target, string path, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes, bool isNew)
    {
        try
        {
            target.SetAttributes(kind, attributes);
        }
        catch (PlatformException e) when (isNew && e.Failure == PlatformFailure.NotSupported)
        {
            counters.Losses.Add(TargetLoss.Attributes, path);
        }
        catch (PlatformException e)
        {
            Fault(path, "extended attributes", e);
        }
    }

    private bool TrySetMode(in MetadataTarget target, string path, uint mode, bool isNew)
    {
        try
        {
            target.SetMode(mode);
            return true;
        }
        catch (PlatformException e)
        {
            if (IsLoss(e, isNew)) counters.Losses.Add(TargetLoss.Mode, path);
            else Fault(path, "mode", e);
            return false;
        }
    }

    private void TrySetModified(in MetadataTarget target, string path, FileTime modified)
    {
        try
        {
            target.SetModified(modified);
        }
        catch (PlatformException e)
        {
            Fault(path, "modification time", e);
        }
    }

    private void TrySetWindowsAttributes(IFolder folder, byte[] name, string path, uint attributes)
    {
        try
        {
            folder.SetWindowsAttributes(name, attributes);
        }
        catch (PlatformException e)
        {
            Fault(path, "attributes", e);
        }
    }

    private void Fault(string path, string what, PlatformException e) => faults.Add(BackupError.MetadataNotRestored, path, $"{what}: {e.Message}");

    /// <summary>Whether only root may set an attribute: xattr(7) says that trusted needs CAP_SYS_ADMIN, and security needs it too by default.</summary>
    public static bool NeedsRoot(byte[] name)
    {
        string text = Encoding.Latin1.GetString(name);
        return text.StartsWith("trusted.", StringComparison.Ordinal) || text.StartsWith("security.", StringComparison.Ordinal);
    }
}
