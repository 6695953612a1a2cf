using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Follows a link of the target where the snapshot has a folder that only leads to what was saved: the way to a source went through it (<c>/var/run</c>), or
/// goes through it now (a <c>/home</c> that was moved). It is taken as if the destination were the root of all paths, so that it leads nowhere else; and only
/// one that root or this account has made is followed, since the others can lead anybody anywhere.
/// </summary>
internal static class LeadingLink
{
    // As many as Linux follows.
    private const int MostLinks = 40;

    /// <summary>Opens what a link leads to.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="above">The folder that holds the link: names from the destination down.</param>
    /// <param name="name">The link.</param>
    /// <param name="path">Absolute path on the source, for messages.</param>
    /// <param name="accounts">Accounts of this host.</param>
    /// <returns>The folder, which the caller disposes of, and its names from the destination down.</returns>
    /// <exception cref="BackupException">It is not followed, or leads to no folder (<see cref="BackupError.TargetConflict"/>).</exception>
    public static (IFolder Folder, byte[][] Segments) Follow(IFolder destination, byte[][] above, byte[] name, string path, IAccounts accounts)
    {
        // What a link of Windows says begins with a drive, which no destination holds.
        if (OperatingSystem.IsWindows()) throw Conflict("a link is in the folder's place", path);
        try
        {
            byte[][] segments = Resolve(destination, above, name, path, accounts);
            using var folders = new FolderPath(destination);
            return segments.Length > 0
                ? (folders.Open(segments), segments)
                : throw Conflict("a link is in the folder's place that leads to the destination itself", path);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotAFolder or PlatformFailure.NotFound)
        {
            throw Conflict("something is in the folder's place that is no folder, and no link to one below the destination", path, e);
        }
    }

    private static byte[][] Resolve(IFolder destination, byte[][] above, byte[] name, string path, IAccounts accounts)
    {
        var reached = new List<byte[]>(above);
        var left = new Stack<byte[]>([name]);
        int links = 0;
        using var folders = new FolderPath(destination);
        while (left.TryPop(out byte[]? segment))
        {
            if (segment.AsSpan().SequenceEqual(".."u8))
            {
                if (reached.Count > 0) reached.RemoveAt(reached.Count - 1);
                continue;
            }

            IFolder folder = folders.Get([.. reached]);
            ItemInfo info = folder.GetInfo(segment);
            if (info.Kind != ItemKind.SymbolicLink)
            {
                reached.Add(segment);
                continue;
            }

            if (!accounts.Trusts(info.UserId)) throw Conflict("a link of another account is in the folder's place", path);
            if (++links > MostLinks) throw Conflict("links in the folder's place lead in a circle", path);
            byte[] target = folder.ReadLink(segment);
            if (target.AsSpan().StartsWith("/"u8)) reached.Clear();
            List<byte[]> next = Split(target);
            for (int i = next.Count - 1; i >= 0; i--) left.Push(next[i]);
        }

        return [.. reached];
    }

    private static List<byte[]> Split(byte[] target)
    {
        var segments = new List<byte[]>();
        foreach (Range range in target.AsSpan().Split((byte)'/'))
        {
            ReadOnlySpan<byte> segment = target.AsSpan()[range];
            if (!segment.IsEmpty && !segment.SequenceEqual("."u8)) segments.Add(segment.ToArray());
        }

        return segments;
    }

    private static BackupException Conflict(string reason, string path, Exception? cause = null) => new(BackupError.TargetConflict, reason, path, cause);
}
