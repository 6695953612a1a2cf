namespace BackupPS.Engine.Platform;

/// <summary>
/// Files that processes have mapped so that they can write to them. The system sets a file's times when a clean page of a mapping is first written to, and
/// not with later writes to that page: such a file may have other content than its times say.
/// </summary>
internal sealed class MappedFiles
{
    /// <summary>None, or none that can be told.</summary>
    public static readonly MappedFiles None = new();

    // What the table of mappings says of a device is the file system's own number, which on btrfs and overlayfs is not the one that a file shows: there
    // the name tells. A file that is taken for a mapped one is read once more than it must be.
    private readonly Dictionary<ulong, List<(ulong Device, byte[] Name)>> files = [];

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a file.</summary>
    public void Add(ulong device, ulong inode, ReadOnlySpan<byte> name)
    {
        if (!files.TryGetValue(inode, out List<(ulong, byte[])>? same)) files.Add(inode, same = []);
        foreach ((ulong known, byte[] knownName) in same)
        {
            if (known == device && name.SequenceEqual(knownName)) return;
        }

        same.Add((device, name.ToArray()));
        Count++;
    }

    /// <summary>Whether an item is one of them.</summary>
    public bool Contains(in ItemInfo info, ReadOnlySpan<byte> name)
    {
        if (Count == 0 || info.Kind != ItemKind.File || !files.TryGetValue(info.Inode, out List<(ulong Device, byte[] Name)>? same)) return false;
        foreach ((ulong device, byte[] mappedName) in same)
        {
            if (device == info.Device || name.SequenceEqual(mappedName)) return true;
        }

        return false;
    }
}
