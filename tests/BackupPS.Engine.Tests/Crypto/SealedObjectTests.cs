using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>An object is what it says only under its own name, type and repository.</summary>
public sealed class SealedObjectTests
{
    private const string Name = "snapshots/0123456789abcdef0123456789abcdef";
    private static readonly byte[] Body = "{\"id\":1}"u8.ToArray();

    [Fact]
    public void A_body_of_any_length_comes_back()
    {
        for (int length = 0; length < 100; length++)
        {
            byte[] body = FixedKeys.Range(0, length);
            byte[] bytes = SealedObject.Seal(FixedKeys.Set, SealedType.Note, Name, body);
            Assert.Equal(SealedObject.HeaderLength + length + ObjectSeal.TagLength, bytes.Length);
            Assert.Equal(SealedType.Note, SealedObject.PeekType(bytes));
            Assert.Equal(body, SealedObject.Open(FixedKeys.Set, SealedType.Note, Name, bytes));
        }
    }

    [Fact]
    public void Two_seals_of_the_same_body_have_nothing_in_common_behind_the_header()
    {
        byte[] a = SealedObject.Seal(FixedKeys.Set, SealedType.Note, Name, Body), b = SealedObject.Seal(FixedKeys.Set, SealedType.Note, Name, Body);
        Assert.NotEqual(a[8..40], b[8..40]);
        Assert.NotEqual(a[40..], b[40..]);
    }

    [Fact]
    public void It_does_not_open_under_another_name()
    {
        byte[] bytes = SealedObject.Seal(FixedKeys.Set, SealedType.Snapshot, Name, Body);
        foreach (string other in new[] { Name[..^1] + "0", "notes/" + Name[10..], Name + "0", "" }) AssertDamaged(SealedType.Snapshot, other, bytes);
    }

    [Fact]
    public void It_does_not_open_as_another_type_even_with_the_type_in_the_header_changed()
    {
        byte[] bytes = SealedObject.Seal(FixedKeys.Set, SealedType.Snapshot, Name, Body);
        foreach (SealedType other in Enum.GetValues<SealedType>().Where(static t => t != SealedType.Snapshot))
        {
            AssertDamaged(other, Name, bytes);
            byte[] changed = [.. bytes];
            changed[5] = (byte)other;
            AssertDamaged(other, Name, changed);
        }
    }

    [Fact]
    public void It_does_not_open_in_another_repository_with_the_same_keys()
    {
        KeySet keys = FixedKeys.Set;
        byte[] bytes = SealedObject.Seal(new KeySet(FixedKeys.Range(1, 16), keys.Sealing, keys.DataId, keys.TreeId, keys.Chunking), SealedType.Snapshot, Name, Body);
        AssertDamaged(SealedType.Snapshot, Name, bytes);
    }

    [Fact]
    public void It_does_not_open_with_any_byte_changed_or_missing()
    {
        byte[] bytes = SealedObject.Seal(FixedKeys.Set, SealedType.Snapshot, Name, Body);
        for (int i = 0; i < bytes.Length; i++)
        {
            foreach (byte change in new byte[] { 1, 0x80, 0xFF })
            {
                byte[] changed = [.. bytes];
                changed[i] ^= change;
                AssertDamaged(SealedType.Snapshot, Name, changed);
            }

            AssertDamaged(SealedType.Snapshot, Name, bytes[..i]);
        }
    }

    private static void AssertDamaged(SealedType type, string name, byte[] bytes)
    {
        var e = Assert.Throws<BackupException>(() => SealedObject.Open(FixedKeys.Set, type, name, bytes));
        Assert.Equal(BackupError.ObjectDamaged, e.Error);
        Assert.Equal(name, e.Target);
    }
}
