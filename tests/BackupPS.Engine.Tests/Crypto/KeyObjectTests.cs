using System.Security.Cryptography;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>A wrong key is told from a damaged one, and a foreign key object cannot make this host compute without bounds.</summary>
public sealed class KeyObjectTests
{
    private const string Name = "keys/0123456789abcdef0123456789abcdef";
    private static readonly byte[] Json = "{}"u8.ToArray();

    [Fact]
    public void Every_secret_opens_its_own_object_and_no_other()
    {
        RepositorySecret[] secrets = [RepositorySecret.FromPassphrase("one"), RepositorySecret.FromPassphrase("two"), KeyFileSecret.Of(1), KeyFileSecret.Of(2)];
        byte[][] objects = [.. secrets.Select(static s => KeyObject.Wrap(FixedKeys.Set, s, Json))];
        for (int o = 0; o < objects.Length; o++)
        {
            KeyObject.Check(Name, objects[o]);
            for (int s = 0; s < secrets.Length; s++)
            {
                var opened = KeyObject.TryUnwrap(objects[o], FixedKeys.RepositoryId, secrets[s]);
                Assert.Equal(o == s, opened is not null);
                if (opened is null) continue;
                Assert.Equal(FixedKeys.Set.Sealing, opened.Value.Keys.Sealing);
                Assert.Equal(FixedKeys.Set.Chunking, opened.Value.Keys.Chunking);
                Assert.Equal(SHA256.HashData(Json), opened.Value.RepositoryJsonHash);
            }
        }
    }

    [Fact]
    public void An_object_of_another_repository_does_not_open() =>
        Assert.Null(KeyObject.TryUnwrap(KeyObject.Wrap(FixedKeys.Set, KeyFileSecret.Of(1), Json), FixedKeys.Range(1, 16), KeyFileSecret.Of(1)));

    [Fact]
    public void Damage_at_any_byte_is_told_from_a_wrong_key()
    {
        byte[] bytes = KeyObject.Wrap(FixedKeys.Set, KeyFileSecret.Of(1), Json);
        Assert.Equal(KeyObject.Length, bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x10;
            Assert.Equal(BackupError.KeyDamaged, Assert.Throws<BackupException>(() => KeyObject.Check(Name, changed)).Error);
            Assert.Equal(BackupError.KeyDamaged, Assert.Throws<BackupException>(() => KeyObject.Check(Name, bytes.AsSpan(0, i))).Error);
        }
    }

    [Fact]
    public void A_change_with_a_checksum_to_match_never_opens()
    {
        RepositorySecret secret = KeyFileSecret.Of(1);
        byte[] bytes = KeyObject.Wrap(FixedKeys.Set, secret, Json);
        for (int i = 0; i < bytes.Length - SHA256.HashSizeInBytes; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x10;
            Resign(changed);
            try
            {
                KeyObject.Check(Name, changed);
            }
            catch (BackupException e)
            {
                Assert.Equal(BackupError.UnsupportedFormat, e.Error);
                continue;
            }

            Assert.Null(KeyObject.TryUnwrap(changed, FixedKeys.RepositoryId, secret));
        }
    }

    [Theory]
    [InlineData(0, 8, 3)]
    [InlineData(21, 8, 3)]
    [InlineData(255, 8, 3)]
    [InlineData(15, 0, 3)]
    [InlineData(15, 9, 3)]
    [InlineData(15, 255, 3)]
    [InlineData(15, 8, 0)]
    [InlineData(15, 8, 17)]
    [InlineData(15, 8, 255)]
    [InlineData(16, 1, 1)]
    public void A_cost_out_of_bounds_is_refused_before_anything_is_computed(byte logN, byte r, byte p)
    {
        byte[] bytes = KeyObject.Wrap(FixedKeys.Set, RepositorySecret.FromPassphrase("x"), Json);
        (bytes[6], bytes[7], bytes[8]) = (logN, r, p);
        Resign(bytes);
        Assert.Equal(BackupError.UnsupportedFormat, Assert.Throws<BackupException>(() => KeyObject.Check(Name, bytes)).Error);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(15, 1, 1)]
    [InlineData(4, 8, 16)]
    public void A_cost_within_bounds_can_be_computed(byte logN, byte r, byte p)
    {
        byte[] bytes = KeyObject.Wrap(FixedKeys.Set, RepositorySecret.FromPassphrase("x"), Json);
        (bytes[6], bytes[7], bytes[8]) = (logN, r, p);
        Resign(bytes);
        KeyObject.Check(Name, bytes);
        Assert.Null(KeyObject.TryUnwrap(bytes, FixedKeys.RepositoryId, RepositorySecret.FromPassphrase("x")));
    }

    [Fact]
    public void A_way_of_wrapping_that_is_not_known_is_no_damage()
    {
        byte[] longer = [.. KeyObject.Wrap(FixedKeys.Set, KeyFileSecret.Of(1), Json), .. new byte[1000]];
        longer[5] = 3;
        Resign(longer);
        Assert.Equal(BackupError.UnsupportedFormat, Assert.Throws<BackupException>(() => KeyObject.Check(Name, longer)).Error);
    }

    private static void Resign(byte[] bytes) => SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
}
