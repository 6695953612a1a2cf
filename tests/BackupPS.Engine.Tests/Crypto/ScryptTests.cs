using System.Text;
using BackupPS.Engine.Crypto;
using Org.BouncyCastle.Crypto.Generators;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>scrypt against the vectors of its standard and against another implementation.</summary>
public sealed class ScryptTests
{
    [Theory]
    [InlineData("", "", 4, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("password", "NaCl", 10, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData("pleaseletmein", "SodiumChloride", 14, 8, 1, "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void It_answers_as_RFC_7914_says(string passphrase, string salt, int logN, int r, int p, string expected)
    {
        byte[] key = new byte[64];
        Scrypt.DeriveKey(Encoding.ASCII.GetBytes(passphrase), Encoding.ASCII.GetBytes(salt), logN, r, p, key);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    [Fact]
    public void It_answers_as_another_implementation_for_every_number_of_lanes_and_size_of_blocks()
    {
        const int Seed = 7914;
        var random = new Random(Seed);
        for (int p = 1; p <= 16; p++)
        {
            for (int r = 1; r <= 8; r++)
            {
                byte[] passphrase = new byte[random.Next(100)];
                byte[] salt = new byte[32];
                random.NextBytes(passphrase);
                random.NextBytes(salt);
                int logN = random.Next(1, 8);
                byte[] key = new byte[32];
                Scrypt.DeriveKey(passphrase, salt, logN, r, p, key);
                Assert.True(SCrypt.Generate(passphrase, salt, 1 << logN, r, p, 32).AsSpan().SequenceEqual(key), $"seed {Seed}: log N {logN}, r {r}, p {p}");
            }
        }
    }

    [Theory]
    [InlineData(15, 8, 3)]
    [InlineData(16, 8, 4)]
    public void It_answers_as_another_implementation_at_the_cost_that_is_written_and_above(int logN, int r, int p)
    {
        byte[] key = new byte[32];
        Scrypt.DeriveKey("passphrase"u8, "salt"u8, logN, r, p, key);
        Assert.Equal(SCrypt.Generate("passphrase"u8.ToArray(), "salt"u8.ToArray(), 1 << logN, r, p, 32), key);
    }
}
