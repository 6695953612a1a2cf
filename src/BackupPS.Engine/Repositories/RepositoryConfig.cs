using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
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

    /// <summary>
    /// SHA-256 of the bytes of the file before this member, which is the last: damage is told from a wrong key and from a newer version,
    /// whatever members that has.
    /// </summary>
    public string Checksum { get; init; } = "";

    [JsonIgnore]
    public byte[] IdBytes => Convert.FromHexString(Id);

    [JsonIgnore]
    public CodecId Codec => Compression switch
    {
        "none" => CodecId.None,
        "zstd" => CodecId.Zstd,
        "brotli" => CodecId.Brotli,
        _ => throw new BackupException(BackupError.UnsupportedFormat, $"The repository uses the codec '{Compression}', which this version does not know."),
    };

    private static ReadOnlySpan<byte> ChecksumMember => "\"checksum\""u8;

    public byte[] Serialize()
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = new string('0', 64) }, RepositoryJson.Indented.RepositoryConfig);
        string checksum = ComputeChecksum(bytes) ?? throw new InvalidOperationException("The checksum has no place.");
        return JsonSerializer.SerializeToUtf8Bytes(this with { Checksum = checksum }, RepositoryJson.Indented.RepositoryConfig);
    }

    /// <exception cref="BackupException">The bytes are damaged (<see cref="BackupError.RepositoryDamaged"/>) or of another version (<see cref="BackupError.UnsupportedFormat"/>).</exception>
    public static RepositoryConfig Parse(ReadOnlySpan<byte> bytes, string location)
    {
        RepositoryConfig config;
        try
        {
            // First what every version has, so that a newer one is told from damage.
            RepositoryFormat format = JsonSerializer.Deserialize(bytes, RepositoryJson.Indented.RepositoryFormat) ?? throw new JsonException("it is empty");
            if (format.Format != FormatName) throw Damaged(location, "it does not name the format");
            if (format.Checksum != ComputeChecksum(bytes)) throw Damaged(location, "its checksum does not match");
            if (format.Version != CurrentVersion)
            {
                throw new BackupException(BackupError.UnsupportedFormat, $"The repository at '{location}' has format version {format.Version}; this program knows version {CurrentVersion}.", location);
            }

            config = JsonSerializer.Deserialize(bytes, RepositoryJson.Indented.RepositoryConfig) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw Damaged(location, e.Message, e);
        }

        if (config.Id.Length != 32 || !config.Id.All(char.IsAsciiHexDigitLower) || !config.Chunking.IsValid()) throw Damaged(location, "its values are out of range");
        return config;
    }

    private static string? ComputeChecksum(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.LastIndexOf(ChecksumMember);
        return end < 0 ? null : Convert.ToHexStringLower(SHA256.HashData(bytes[..end]));
    }

    private static BackupException Damaged(string location, string how, Exception? cause = null) =>
        new(BackupError.RepositoryDamaged, $"'{RepositoryLayout.Config}' of the repository at '{location}' is damaged: {how}.", RepositoryLayout.Config, cause);
}
