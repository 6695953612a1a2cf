using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Repositories;

/// <summary>repository.json: what must be known before a key is. It holds no secret. Every key object authenticates it.</summary>
internal sealed record RepositoryConfig
{
    public const int CurrentVersion = 1;
    public const string FormatName = "BackupPS repository";

    /// <summary>More than any version will need; a larger file is not ours.</summary>
    public const int MaximumLength = 64 * 1024;

    public string Format { get; init; } = FormatName;

    public int Version { get; init; } = CurrentVersion;

    public required string Id { get; init; }

    public required DateTime Created { get; init; }

    public required string Compression { get; init; }

    public required ChunkingConfig Chunking { get; init; }

    /// <summary>SHA-256 over the other members, so that damage is told from a wrong key.</summary>
    public string Checksum { get; init; } = "";

    public byte[] IdBytes => Convert.FromHexString(Id);

    public CodecId Codec => Compression switch
    {
        "none" => CodecId.None,
        "zstd" => CodecId.Zstd,
        "brotli" => CodecId.Brotli,
        _ => throw new BackupException(BackupError.UnsupportedFormat, $"The repository uses the codec '{Compression}', which this version does not know."),
    };

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = ComputeChecksum() }, RepositoryJson.Indented.RepositoryConfig);

    /// <exception cref="BackupException">The bytes are damaged (<see cref="BackupError.RepositoryDamaged"/>) or of another version (<see cref="BackupError.UnsupportedFormat"/>).</exception>
    public static RepositoryConfig Parse(ReadOnlySpan<byte> bytes, string location)
    {
        RepositoryConfig config;
        try
        {
            config = JsonSerializer.Deserialize(bytes, RepositoryJson.Indented.RepositoryConfig) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw Damaged(location, e.Message, e);
        }

        if (config.Format != FormatName) throw Damaged(location, "it does not name the format");
        if (config.Checksum != config.ComputeChecksum()) throw Damaged(location, "its checksum does not match");
        if (config.Version != CurrentVersion)
        {
            throw new BackupException(BackupError.UnsupportedFormat, $"The repository at '{location}' has format version {config.Version}; this program knows version {CurrentVersion}.", location);
        }

        if (config.Id.Length != 32 || !config.Id.All(char.IsAsciiHexDigitLower) || !config.Chunking.IsValid()) throw Damaged(location, "its values are out of range");
        return config;
    }

    private string ComputeChecksum()
    {
        string members = string.Create(CultureInfo.InvariantCulture, $"{Format}|{Version}|{Id}|{Created:O}|{Compression}|{Chunking.Algorithm}|{Chunking.Minimum}|{Chunking.Average}|{Chunking.Maximum}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(members)));
    }

    private static BackupException Damaged(string location, string how, Exception? cause = null) =>
        new(BackupError.RepositoryDamaged, $"'{RepositoryLayout.Config}' of the repository at '{location}' is damaged: {how}.", RepositoryLayout.Config, cause);
}
