using System.Text;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>repository.json: damage is damage, a newer version is a newer version, and nothing else gets through.</summary>
public sealed class RepositoryConfigTests
{
    private static readonly RepositoryConfig Config = new()
    {
        Id = "0123456789abcdef0123456789abcdef",
        Created = new DateTime(2026, 1, 2, 3, 4, 5, 60, DateTimeKind.Utc),
        Compression = "zstd",
        Chunking = ChunkingConfig.Create(ChunkingConfig.FastCdc, 0),
    };

    [Fact]
    public void Its_bytes_are_those_of_the_format_description()
    {
        const string Expected = """
            {
              "format": "BackupPS repository",
              "version": 1,
              "id": "0123456789abcdef0123456789abcdef",
              "created": "2026-01-02T03:04:05.06Z",
              "compression": "zstd",
              "chunking": {
                "algorithm": "fastcdc",
                "minimum": 65536,
                "average": 262144,
                "maximum": 1048576
              },
              "checksum"
            """;
        string text = Encoding.UTF8.GetString(Config.Serialize());
        int end = text.IndexOf("\"checksum\"", StringComparison.Ordinal);
        Assert.Equal(Expected.ReplaceLineEndings("\n"), text[..(end + 10)]);
        string checksum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text[..end])));
        Assert.Equal($"\"checksum\": \"{checksum}\"\n}}", text[end..]);
    }

    [Fact]
    public void It_comes_back()
    {
        foreach (string compression in new[] { "none", "zstd", "brotli" })
        {
            RepositoryConfig config = Config with { Compression = compression, Chunking = ChunkingConfig.Create(ChunkingConfig.FixedSize, ChunkingConfig.LargestAverage) };
            RepositoryConfig back = RepositoryConfig.Parse(config.Serialize(), "here");
            Assert.Equal(config with { Checksum = back.Checksum }, back);
        }
    }

    [Fact]
    public void Any_byte_changed_is_damage_or_changes_nothing_that_is_read()
    {
        byte[] bytes = Config.Serialize();
        RepositoryConfig expected = RepositoryConfig.Parse(bytes, "here");
        int unchanged = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            for (int value = 0; value < 256; value++)
            {
                if (value == bytes[i]) continue;
                byte[] changed = [.. bytes];
                changed[i] = (byte)value;
                try
                {
                    Assert.Equal(expected, RepositoryConfig.Parse(changed, "here"));
                    unchanged++;
                }
                catch (BackupException e)
                {
                    Assert.Contains(e.Error, new[] { BackupError.RepositoryDamaged, BackupError.UnsupportedFormat });
                }
            }
        }

        // Only white space behind the member checksum; a key object sees that, too.
        Assert.InRange(unchanged, 0, 8);
    }

    [Fact]
    public void Any_end_is_damage()
    {
        byte[] bytes = Config.Serialize();
        for (int i = 0; i < bytes.Length; i++) Assert.Equal(BackupError.RepositoryDamaged, Assert.Throws<BackupException>(() => RepositoryConfig.Parse(bytes.AsSpan(0, i), "here")).Error);
    }

    [Fact]
    public void A_newer_version_is_told_from_damage_whatever_members_it_has()
    {
        byte[] newer = Sign("""{"format":"BackupPS repository","version":2,"chunking":"of another kind",""");
        Assert.Equal(BackupError.UnsupportedFormat, Assert.Throws<BackupException>(() => RepositoryConfig.Parse(newer, "here")).Error);
        newer[31] ^= 1;
        Assert.Equal(BackupError.RepositoryDamaged, Assert.Throws<BackupException>(() => RepositoryConfig.Parse(newer, "here")).Error);
    }

    [Theory]
    [InlineData("\"id\":\"0123456789abcdef0123456789abcdeF\"")]
    [InlineData("\"id\":\"0123456789abcdef0123456789abcde\"")]
    [InlineData("\"id\":null")]
    [InlineData("\"chunking\":null")]
    [InlineData("\"created\":null")]
    [InlineData("\"created\":\"yesterday\"")]
    [InlineData("\"compression\":null")]
    [InlineData("\"chunking\":{\"algorithm\":\"fastcdc\",\"minimum\":1,\"average\":65536,\"maximum\":262144}")]
    [InlineData("\"chunking\":{\"algorithm\":\"fastcdc\",\"minimum\":16384,\"average\":65536,\"maximum\":2147483647}")]
    [InlineData("\"chunking\":{\"algorithm\":\"fastcdc\",\"minimum\":0,\"average\":0,\"maximum\":0}")]
    [InlineData("\"chunking\":{\"algorithm\":\"other\",\"minimum\":16384,\"average\":65536,\"maximum\":262144}")]
    [InlineData("\"chunking\":{\"algorithm\":\"fixed\",\"minimum\":16384,\"average\":65536,\"maximum\":262144}")]
    [InlineData("\"chunking\":{\"algorithm\":null,\"minimum\":16384,\"average\":65536,\"maximum\":262144}")]
    public void Values_out_of_range_are_damage_even_with_a_checksum_to_match(string member)
    {
        const string Rest = "\"format\":\"BackupPS repository\",\"version\":1,\"id\":\"0123456789abcdef0123456789abcdef\",\"created\":\"2026-01-02T03:04:05Z\",\"compression\":\"zstd\",\"chunking\":{\"algorithm\":\"fastcdc\",\"minimum\":16384,\"average\":65536,\"maximum\":262144},";
        RepositoryConfig.Parse(Sign("{\"unknown\":[1,null]," + Rest), "here");

        // The last of two members of one name counts.
        Assert.Equal(BackupError.RepositoryDamaged, Assert.Throws<BackupException>(() => RepositoryConfig.Parse(Sign("{" + Rest + member + ","), "here")).Error);
    }

    private static byte[] Sign(string start)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(start);
        return [.. bytes, .. Encoding.UTF8.GetBytes($"\"checksum\":\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))}\"}}")];
    }
}
