using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>One change to the target, as the journal holds it: enough to make it and to unmake it, from any moment in between.</summary>
internal sealed record Step
{
    // A path in the target: Linux has no bound below a handle; this one keeps a damaged journal from asking for all memory.
    private const int MostSegments = 65536;

    public required StepKind Kind { get; init; }

    /// <summary>The folder that holds the item: names from the destination down.</summary>
    public required byte[][] Folder { get; init; }

    /// <summary>The item in that folder; empty: the folder itself, of which only the modification time can be mended.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The kind of the item: of the new one, where there is a new one.</summary>
    public required ItemKind ItemKind { get; init; }

    /// <summary>The number of the work folder that has what <see cref="Staged"/> and <see cref="Kept"/> name.</summary>
    public int Work { get; init; }

    /// <summary>The new item, in the work folder; empty: there is none.</summary>
    public byte[] Staged { get; init; } = [];

    /// <summary>The name in the work folder under which the old item is kept; empty: there is none.</summary>
    public byte[] Kept { get; init; } = [];

    /// <summary>Whether the old or the new item is a folder: then one cannot simply take the other's place.</summary>
    public bool HasFolder { get; init; }

    /// <summary>What the item has, and what it gets. Of folders that are put or removed: their modes, where their owner may not write to them.</summary>
    public Mending? Mending { get; init; }

    /// <summary>Absolute path of the item below the destination, for messages.</summary>
    public string Path => "/" + string.Join('/', (Name.Length > 0 ? [.. Folder, Name] : Folder).Select(static n => PathText.FromBytes(n)));

    public void Write(ByteWriter writer)
    {
        writer.WriteByte((byte)Kind);
        writer.WriteNumber((ulong)Folder.Length);
        foreach (byte[] segment in Folder) writer.WriteRun(segment);
        writer.WriteRun(Name);
        writer.WriteByte((byte)ItemKind);
        writer.WriteNumber((ulong)Work);
        writer.WriteRun(Staged);
        writer.WriteRun(Kept);
        writer.WriteByte((byte)((HasFolder ? 1 : 0) | (Mending is null ? 0 : 2)));
        Mending?.Old.Write(writer);
        Mending?.New.Write(writer);
    }

    /// <exception cref="InvalidDataException">The bytes are not those of a step.</exception>
    public static Step Read(ref ByteReader reader)
    {
        var kind = (StepKind)reader.ReadByte();
        byte[][] folder = ReadSegments(ref reader);
        byte[] name = reader.ReadRun(int.MaxValue).ToArray();
        var itemKind = (ItemKind)reader.ReadByte();
        int work = reader.ReadCount(int.MaxValue);
        byte[] staged = reader.ReadRun(int.MaxValue).ToArray(), kept = reader.ReadRun(int.MaxValue).ToArray();
        int flags = reader.ReadByte();
        Mending? mending = (flags & 2) == 0 ? null : new Mending(ItemState.Read(ref reader), ItemState.Read(ref reader));
        reader.ExpectEnd();
        return new Step { Kind = kind, Folder = folder, Name = name, ItemKind = itemKind, Work = work, Staged = staged, Kept = kept, HasFolder = (flags & 1) != 0, Mending = mending };
    }

    public static byte[][] ReadSegments(ref ByteReader reader)
    {
        var segments = new byte[reader.ReadCount(MostSegments)][];
        for (int i = 0; i < segments.Length; i++) segments[i] = reader.ReadRun(int.MaxValue).ToArray();
        return segments;
    }
}
