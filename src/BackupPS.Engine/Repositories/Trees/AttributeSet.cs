using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Extended attributes of an item, encoded.</summary>
internal static class AttributeSet
{
    /// <summary>Larger sets get a blob of their own, so that pages of trees stay small.</summary>
    public const int MaximumInlineLength = 1024;

    /// <summary>A set is one blob at most, and a blob is part of a segment.</summary>
    public const int MaximumLength = PackDescription.MaximumSegmentLength;

    public static byte[] Encode(IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (attributes.Count == 0) return [];
        var writer = new ByteWriter(256);
        writer.WriteNumber((ulong)attributes.Count);
        foreach (ExtendedAttribute attribute in attributes)
        {
            writer.WriteRun(attribute.Name);
            writer.WriteRun(attribute.Value);
        }

        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Encode"/> writes.</exception>
    public static IReadOnlyList<ExtendedAttribute> Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return [];
        var reader = new ByteReader(bytes);
        int count = reader.ReadCount(reader.Remaining / 2);
        var attributes = new List<ExtendedAttribute>(Math.Min(count, reader.Remaining));
        for (int i = 0; i < count; i++)
        {
            byte[] name = reader.ReadRun(MaximumLength).ToArray();
            if (name.Length == 0 || name.AsSpan().Contains((byte)0)) throw new InvalidDataException("an attribute without a name, or with a NUL in it");
            attributes.Add(new ExtendedAttribute(name, reader.ReadRun(MaximumLength).ToArray()));
        }

        reader.ExpectEnd();
        return attributes;
    }
}
