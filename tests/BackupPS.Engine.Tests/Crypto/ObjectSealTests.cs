using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>A seal holds only for the repository, type, kind, name or salt, and position that it was made for.</summary>
public sealed class ObjectSealTests
{
    private static readonly byte[] Plain = "some plain text"u8.ToArray();

    [Fact]
    public void No_two_positions_in_an_object_have_the_same_nonce()
    {
        var nonces = new HashSet<string>();
        byte[] nonce = new byte[12];
        foreach (SealPosition position in Enumerable.Range(0, ushort.MaxValue + 1).Select(SealPosition.Segment).Append(SealPosition.Footer).Append(SealPosition.Body).Append(SealPosition.Segment(int.MaxValue)))
        {
            position.Write(nonce);
            Assert.True(nonces.Add(Convert.ToHexString(nonce)));
        }
    }

    [Fact]
    public void What_was_sealed_opens()
    {
        using ObjectSeal seal = Pack();
        using ObjectSeal again = Pack();
        Assert.True(Opens(again, SealPosition.Segment(3), Seal(seal, SealPosition.Segment(3))));
    }

    public static TheoryData<string> Elements => ["position number", "position label", "repository", "type", "kind", "salt", "sealing key"];

    [Theory]
    [MemberData(nameof(Elements))]
    public void Nothing_opens_when_one_element_differs(string element)
    {
        KeySet keys = FixedKeys.Set;
        byte[] salt = FixedKeys.Salt;
        byte[] id = FixedKeys.RepositoryId;
        byte[] sealing = keys.Sealing;
        switch (element)
        {
            case "repository": id[15] ^= 1; break;
            case "salt": salt[0] ^= 1; break;
            case "sealing key": sealing[31] ^= 1; break;
        }

        var other = new KeySet(id, sealing, keys.DataId, keys.TreeId, keys.Chunking);
        using ObjectSeal seal = Pack();
        using ObjectSeal opener = element switch
        {
            "type" => ObjectSeal.ForName(other, SealedType.Index, "index/x", salt),
            _ => ObjectSeal.ForPack(other, element == "kind" ? (byte)2 : (byte)1, salt),
        };
        SealPosition position = element switch
        {
            "position number" => SealPosition.Segment(1),
            "position label" => SealPosition.Footer,
            _ => SealPosition.Segment(0),
        };
        Assert.False(Opens(opener, position, Seal(seal, SealPosition.Segment(0))));
    }

    [Fact]
    public void A_type_alone_makes_another_seal()
    {
        using ObjectSeal note = ObjectSeal.ForName(FixedKeys.Set, SealedType.Note, "snapshots/x", FixedKeys.Salt);
        using ObjectSeal snapshot = ObjectSeal.ForName(FixedKeys.Set, SealedType.Snapshot, "snapshots/x", FixedKeys.Salt);
        Assert.False(Opens(snapshot, SealPosition.Body, Seal(note, SealPosition.Body)));
    }

    [Fact]
    public void Nothing_opens_when_one_bit_differs_or_the_length()
    {
        using ObjectSeal seal = Pack();
        byte[] bytes = Seal(seal, SealPosition.Segment(0));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Opens(seal, SealPosition.Segment(0), bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.False(Opens(seal, SealPosition.Segment(0), bytes[..^1]));
        Assert.False(Opens(seal, SealPosition.Segment(0), [.. bytes, 0]));
        Assert.True(Opens(seal, SealPosition.Segment(0), bytes));
    }

    private static ObjectSeal Pack() => ObjectSeal.ForPack(FixedKeys.Set, 1, FixedKeys.Salt);

    private static byte[] Seal(ObjectSeal seal, SealPosition position)
    {
        byte[] bytes = new byte[Plain.Length + ObjectSeal.TagLength];
        seal.Seal(position, Plain, bytes);
        return bytes;
    }

    private static bool Opens(ObjectSeal seal, SealPosition position, byte[] bytes)
    {
        byte[] plain = new byte[bytes.Length - ObjectSeal.TagLength];
        return seal.TryOpen(position, bytes, plain) && plain.AsSpan().SequenceEqual(Plain);
    }
}
