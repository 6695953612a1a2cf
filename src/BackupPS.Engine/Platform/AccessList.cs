using System.Buffers.Binary;

namespace BackupPS.Engine.Platform;

/// <summary>A POSIX ACL in the kernel's form: version 2, then for each entry a tag, the permissions and an id.</summary>
internal static class AccessList
{
    private const int HeaderLength = 4, EntryLength = 8, PermissionOffset = 2, IdOffset = 4;
    private const uint Version = 2;
    private const ushort NamedUser = 2, NamedGroup = 8;

    /// <summary>Whether an attribute is one.</summary>
    public static bool IsOne(ExtendedAttribute attribute) =>
        attribute.Name.AsSpan().StartsWith("system.posix_acl_"u8) && attribute.Value.Length % EntryLength == HeaderLength
        && BinaryPrimitives.ReadUInt32LittleEndian(attribute.Value) == Version;

    /// <summary>The accounts that it names.</summary>
    public static IEnumerable<(bool IsGroup, uint Id)> NamedIn(ExtendedAttribute list)
    {
        for (int at = HeaderLength; at < list.Value.Length; at += EntryLength)
        {
            ushort tag = TagAt(list.Value, at);
            if (tag is NamedUser or NamedGroup) yield return (tag == NamedGroup, IdAt(list.Value, at));
        }
    }

    /// <summary>The same list for other accounts. Where two become one, it may what both may.</summary>
    /// <param name="list">The list.</param>
    /// <param name="map">The account that takes the place of another.</param>
    public static ExtendedAttribute Map(ExtendedAttribute list, Func<bool, uint, uint> map)
    {
        var entries = new List<byte[]>();
        for (int at = HeaderLength; at < list.Value.Length; at += EntryLength)
        {
            byte[] entry = list.Value[at..(at + EntryLength)];
            ushort tag = TagAt(entry, 0);
            if (tag is NamedUser or NamedGroup) BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(IdOffset), map(tag == NamedGroup, IdAt(entry, 0)));
            byte[]? same = tag is NamedUser or NamedGroup ? entries.Find(e => TagAt(e, 0) == tag && IdAt(e, 0) == IdAt(entry, 0)) : null;
            if (same is null) entries.Add(entry);
            else same[PermissionOffset] &= entry[PermissionOffset];
        }

        // In the order that setfacl writes, and that a look at the file shows: by tag, and among named accounts by number.
        byte[] value = [.. list.Value[..HeaderLength], .. entries.OrderBy(static e => TagAt(e, 0)).ThenBy(static e => IdAt(e, 0)).SelectMany(static e => e)];
        return list with { Value = value };
    }

    private static ushort TagAt(byte[] bytes, int entry) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(entry));

    private static uint IdAt(byte[] bytes, int entry) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(entry + IdOffset));
}
