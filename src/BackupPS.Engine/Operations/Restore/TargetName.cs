using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>The name under which an item is restored.</summary>
internal static class TargetName
{
    /// <exception cref="BackupException">The name could reach outside its folder (<see cref="BackupError.HostileName"/>).</exception>
    public static byte[] From(TreeEntry entry, bool isTop, string? path = null)
    {
        try
        {
            ItemName.Check(entry.Name);
        }
        catch (ArgumentException e)
        {
            throw new BackupException(BackupError.HostileName, "the name is not one segment of a path", path, e);
        }

        if (!OperatingSystem.IsWindows()) return entry.Name;

        // A drive of the source becomes a folder; elsewhere a separator, a stream or a drive in a name would reach beyond it.
        if (isTop && entry.Name.Length == 2 && entry.Name[1] == (byte)':' && char.IsAsciiLetter((char)entry.Name[0])) return entry.Name[..1];
        return entry.Name.AsSpan().IndexOfAny((byte)'\\', (byte)':') < 0
            ? entry.Name
            : throw new BackupException(BackupError.HostileName, "the name means a path or a stream on Windows", path);
    }
}
