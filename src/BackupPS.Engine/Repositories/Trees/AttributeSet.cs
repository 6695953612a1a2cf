using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Extended attributes of an item, encoded.</summary>
internal static class AttributeSet
{
    /// <summary>Larger sets get a blob of their own, so that pages of trees stay small.</summary>
    public const int MaximumInlineLength = 1024;

    // The limits of Linux: a value has at most 64 KiB (XATTR_SIZE_MAX), a list of names too (XATTR_LIST_MAX).
    private const int MaximumValueLength = 64 * 1024, MaximumNameLength = 1024, MaximumCount = 64 * 1024;

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
        int count = reader.ReadCount(MaximumCount);
        var attributes = new List<ExtendedAttribute>(Math.Min(count, reader.Remaining));
        for (int i = 0; i < count; i++)
        {
            byte[] name = reader.ReadRun(MaximumNameLength).ToArray();
            attributes.Add(new ExtendedAttribute(name, reader.ReadRun(MaximumValueLength).ToArray()));
        }

        reader.ExpectEnd();
        return attributes;
    }
}
