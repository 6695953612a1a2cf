using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Metadata to give an item; what is <see langword="null"/> is left as it is.</summary>
internal sealed record ItemState
{
    // What Linux allows for the list of an item's names, and for each value.
    private const int MostAttributes = 65536, MostNameLength = 255, MostValueLength = 65536;

    private const int HasOwner = 1, HasAttributes = 2, HasModified = 4, HasMode = 8, HasWindowsAttributes = 16;

    public (uint UserId, uint GroupId)? Owner { get; init; }

    public IReadOnlyList<ExtendedAttribute>? Attributes { get; init; }

    public FileTime? Modified { get; init; }

    public uint? Mode { get; init; }

    public uint? WindowsAttributes { get; init; }

    public void Write(ByteWriter writer)
    {
        writer.WriteByte((byte)((Owner is null ? 0 : HasOwner) | (Attributes is null ? 0 : HasAttributes) | (Modified is null ? 0 : HasModified) | (Mode is null ? 0 : HasMode) | (WindowsAttributes is null ? 0 : HasWindowsAttributes)));
        if (Owner is var (user, group))
        {
            writer.WriteNumber((ulong)user);
            writer.WriteNumber((ulong)group);
        }

        if (Attributes is not null)
        {
            writer.WriteNumber((ulong)Attributes.Count);
            foreach (ExtendedAttribute attribute in Attributes)
            {
                writer.WriteRun(attribute.Name);
                writer.WriteRun(attribute.Value);
            }
        }

        if (Modified is { } modified)
        {
            writer.WriteSigned(modified.Seconds);
            writer.WriteNumber((ulong)modified.Nanoseconds);
        }

        if (Mode is { } mode) writer.WriteNumber((ulong)mode);
        if (WindowsAttributes is { } attributes) writer.WriteNumber((ulong)attributes);
    }

    /// <exception cref="InvalidDataException">The bytes are not those of a state.</exception>
    public static ItemState Read(ref ByteReader reader)
    {
        int flags = reader.ReadByte();
        var state = new ItemState();
        if ((flags & HasOwner) != 0) state = state with { Owner = ((uint)reader.ReadNumber(), (uint)reader.ReadNumber()) };
        if ((flags & HasAttributes) != 0)
        {
            var attributes = new List<ExtendedAttribute>();
            for (int left = reader.ReadCount(MostAttributes); left > 0; left--) attributes.Add(new ExtendedAttribute(reader.ReadRun(MostNameLength).ToArray(), reader.ReadRun(MostValueLength).ToArray()));
            state = state with { Attributes = attributes };
        }

        if ((flags & HasModified) != 0) state = state with { Modified = new FileTime(reader.ReadSigned(), (int)reader.ReadNumber()) };
        if ((flags & HasMode) != 0) state = state with { Mode = (uint)reader.ReadNumber() };
        if ((flags & HasWindowsAttributes) != 0) state = state with { WindowsAttributes = (uint)reader.ReadNumber() };
        return state;
    }

    /// <summary>Gives it to an item. Repeating it changes nothing.</summary>
    /// <exception cref="PlatformException">Something cannot be set; what comes before it has been.</exception>
    public void ApplyTo(IFolder folder, byte[] name, ItemKind kind)
    {
        // In this order: a new owner takes setuid and capabilities away, and a new ACL the group's bits.
        if (Owner is var (user, group)) folder.SetOwner(name, user, group);
        if (Attributes is not null) folder.SetAttributes(name, kind, Attributes);
        if (WindowsAttributes is { } attributes) folder.SetWindowsAttributes(name, attributes);
        if (Modified is { } modified) folder.SetModified(name, modified);
        if (Mode is { } mode) folder.SetMode(name, mode);
    }
}
