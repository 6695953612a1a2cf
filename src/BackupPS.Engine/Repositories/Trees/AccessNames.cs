using System.Text;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>
/// Names of the accounts in an item's ACLs, which hold numbers: an attribute beside them in its set, that is never set on an item. It is there with each
/// ACL that names an account, also where no name is known.
/// </summary>
internal static class AccessNames
{
    private const int MostAccounts = 65536;

    private static ReadOnlySpan<byte> AttributeName => "backupps.access_names"u8;

    /// <summary>Whether an attribute holds names.</summary>
    public static bool IsOne(ExtendedAttribute attribute) => attribute.Name.AsSpan().SequenceEqual(AttributeName);

    /// <summary>Attributes as they are saved: with the names, where there is an ACL that needs them.</summary>
    public static IReadOnlyList<ExtendedAttribute> Add(IReadOnlyList<ExtendedAttribute> attributes, IAccounts accounts)
    {
        if (attributes.Count == 0) return attributes;
        List<(bool IsGroup, uint Id)> ids = [.. attributes.Where(AccessList.IsOne).SelectMany(AccessList.NamedIn).Distinct().Order()];
        if (ids.Count == 0) return attributes;
        List<(bool IsGroup, uint Id, string Name)> known = [.. ids.Select(a => (a.IsGroup, a.Id, Name: a.IsGroup ? accounts.GetGroupName(a.Id) : accounts.GetUserName(a.Id))).Where(static a => a.Name.Length > 0)];
        var writer = new ByteWriter(64);
        writer.WriteNumber((ulong)known.Count);
        foreach ((bool isGroup, uint id, string name) in known)
        {
            writer.WriteByte(isGroup ? (byte)1 : (byte)0);
            writer.WriteNumber((ulong)id);
            writer.WriteRun(Encoding.UTF8.GetBytes(name));
        }

        return [.. attributes, new ExtendedAttribute(AttributeName.ToArray(), writer.ToArray())];
    }

    /// <summary>The names; <see langword="null"/>: none were saved, or the bytes are not those of names.</summary>
    public static IReadOnlyDictionary<(bool IsGroup, uint Id), string>? Find(IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (attributes.FirstOrDefault(IsOne) is not { } found) return null;
        try
        {
            var names = new Dictionary<(bool IsGroup, uint Id), string>();
            var reader = new ByteReader(found.Value);
            for (int left = reader.ReadCount(MostAccounts); left > 0; left--)
            {
                bool isGroup = reader.ReadByte() == 1;
                uint id = (uint)reader.ReadNumber();
                names[(isGroup, id)] = Encoding.UTF8.GetString(reader.ReadRun(MostAccounts));
            }

            return names;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
