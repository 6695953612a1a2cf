using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Gives items their metadata back. What cannot be set is a fault, except what only root may set when this is not root: that is counted.</summary>
internal sealed class MetadataRestorer(TreeReader trees, OwnerMap owners, FaultLog faults, RestoreCounters counters)
{
    private const uint SetIdBits = 0xC00;

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
    public void Apply(IWritableFile file, string path, TreeEntry entry, IReadOnlyList<ExtendedAttribute> attributes, NewItems? fresh)
    {
        var target = new MetadataTarget(file);
        uint mode = TrySetOwner(target, path, entry, fresh) ? entry.Mode : entry.Mode & ~SetIdBits;
        if (attributes.Count > 0 || fresh is not { InheritAttributes: false }) TrySetAttributes(target, path, entry.Kind, attributes);
        TrySetModified(target, path, entry.Modified);

        // The last: until then the file may carry the mark of one that is not finished.
        TrySetMode(target, path, mode);
    }

    /// <summary>By name, for everything else.</summary>
    /// <param name="folder">The folder that holds the item.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">For messages.</param>
    /// <param name="entry">The item in the snapshot.</param>
    /// <param name="attributes">Its extended attributes.</param>
    /// <param name="fresh">What it has already; <see langword="null"/>: not known.</param>
    public void Apply(IFolder folder, byte[] name, string path, TreeEntry entry, IReadOnlyList<ExtendedAttribute> attributes, NewItems? fresh)
    {
        var target = new MetadataTarget(folder, name);
        bool link = entry.Kind == ItemKind.SymbolicLink;
        uint mode = TrySetOwner(target, path, entry, fresh) ? entry.Mode : entry.Mode & ~SetIdBits;
        if (attributes.Count > 0 || (!link && fresh is not { InheritAttributes: false })) TrySetAttributes(target, path, entry.Kind, attributes);
        if (entry.WindowsAttributes != 0) TrySetWindowsAttributes(folder, name, path, entry.WindowsAttributes);
        if (!entry.Ancestor) TrySetModified(target, path, entry.Modified);

        // The last, as above: a folder may carry the mark, too.
        if (!link) TrySetMode(target, path, mode);
    }

    // Without the right to give files away, setuid and setgid would lend this account's rights: they are dropped with the owner.
    private bool TrySetOwner(in MetadataTarget target, string path, TreeEntry entry, NewItems? fresh)
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
            Fault(path, "owner", e);
            return false;
        }
    }

    private void TrySetAttributes(in MetadataTarget target, string path, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes)
    {
        try
        {
            target.SetAttributes(kind, attributes);
        }
        catch (PlatformException e)
        {
            Fault(path, "extended attributes", e);
        }
    }

    private void TrySetMode(in MetadataTarget target, string path, uint mode)
    {
        try
        {
            target.SetMode(mode);
        }
        catch (PlatformException e)
        {
            Fault(path, "mode", e);
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
