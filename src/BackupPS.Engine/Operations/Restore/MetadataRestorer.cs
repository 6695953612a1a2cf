using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Gives items their metadata back. What cannot be set is a fault, except what only root may set when this is not root: that is counted.</summary>
internal sealed class MetadataRestorer(TreeReader trees, OwnerMap owners, FaultLog faults, RestoreCounters counters)
{
    private const uint SetIdBits = 0xC00;

    /// <summary>The extended attributes to set: those of namespaces that this account may write.</summary>
    public async ValueTask<IReadOnlyList<ExtendedAttribute>> ReadAttributesAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExtendedAttribute> all = await trees.ReadAttributesAsync(entry, cancellationToken);
        if (all.Count == 0 || owners.CanChangeOwner) return all;
        List<ExtendedAttribute> mine = [.. all.Where(static a => !NeedsRoot(a.Name))];
        if (mine.Count < all.Count) Interlocked.Increment(ref counters.AttributesLeft);
        return mine;
    }

    /// <summary>Through the handle of a file that is being written.</summary>
    public void Apply(IWritableFile file, string path, TreeEntry entry, IReadOnlyList<ExtendedAttribute> attributes)
    {
        uint mode = entry.Mode;
        if (!TrySetOwner(entry, path, file.SetOwner)) mode &= ~SetIdBits;
        Try(path, "extended attributes", () => file.SetAttributes(attributes));
        Try(path, "mode", () => file.SetMode(mode));
        Try(path, "modification time", () => file.SetModified(entry.Modified));
    }

    /// <summary>By name, for everything else.</summary>
    public void Apply(IFolder folder, byte[] name, string path, TreeEntry entry, IReadOnlyList<ExtendedAttribute> attributes)
    {
        uint mode = entry.Mode;
        if (!TrySetOwner(entry, path, (user, group) => folder.SetOwner(name, user, group))) mode &= ~SetIdBits;
        if (entry.Kind != ItemKind.SymbolicLink || attributes.Count > 0) Try(path, "extended attributes", () => folder.SetAttributes(name, entry.Kind, attributes));
        if (entry.Kind != ItemKind.SymbolicLink) Try(path, "mode", () => folder.SetMode(name, mode));
        if (entry.WindowsAttributes != 0) Try(path, "attributes", () => folder.SetWindowsAttributes(name, entry.WindowsAttributes));
        if (!entry.Ancestor) Try(path, "modification time", () => folder.SetModified(name, entry.Modified));
    }

    // Without the right to give files away, setuid and setgid would lend this account's rights: they are dropped with the owner.
    private bool TrySetOwner(TreeEntry entry, string path, Action<uint, uint> set)
    {
        if (OperatingSystem.IsWindows()) return true;
        (uint user, uint group) = owners.Resolve(entry);
        try
        {
            set(user, group);
            return true;
        }
        catch (PlatformException e) when (!owners.CanChangeOwner && e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            if (!entry.Ancestor) Interlocked.Increment(ref counters.OwnersLeft);
            return false;
        }
        catch (PlatformException e)
        {
            faults.Add(BackupError.MetadataNotRestored, path, $"owner: {e.Message}");
            return false;
        }
    }

    private void Try(string path, string what, Action set)
    {
        try
        {
            set();
        }
        catch (PlatformException e)
        {
            faults.Add(BackupError.MetadataNotRestored, path, $"{what}: {e.Message}");
        }
    }

    // xattr(7): trusted needs CAP_SYS_ADMIN; security needs it too, by default.
    private static bool NeedsRoot(byte[] name)
    {
        string text = Encoding.Latin1.GetString(name);
        return text.StartsWith("trusted.", StringComparison.Ordinal) || text.StartsWith("security.", StringComparison.Ordinal);
    }
}
