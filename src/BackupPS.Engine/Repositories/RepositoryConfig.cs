using System.Security.Cryptography;
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

    /// <summary>
    /// SHA-256 of the bytes of the file before this member, which is the last: damage is told from a wrong key and from a newer version,
    /// whatever members that has.
    /// </summary>
    public string Checksum { get; init; } = "";

    public byte[] IdBytes => Convert.FromHexString(Id);

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
        // People open this one.
        var indented = new JsonWriterOptions { Indented = true, NewLine = "\n" };
        byte[] bytes = RepositoryJson.Default.RepositoryConfig.Write(this with { Checksum = new string('0', 64) }, indented);
        string checksum = ComputeChecksum(bytes) ?? throw new InvalidOperationException("The checksum has no place.");
        return RepositoryJson.Default.RepositoryConfig.Write(this with { Checksum = checksum }, indented);
    }

    /// <exception cref="BackupException">The bytes are damaged (<see cref="BackupError.RepositoryDamaged"/>) or of another version (<see cref="BackupError.UnsupportedFormat"/>).</exception>
    public static RepositoryConfig Parse(ReadOnlySpan<byte> bytes, string location)
    {
        byte[] json = bytes.ToArray();
        RepositoryConfig config;
        try
        {
            config = JsonFields.Read(json, fields =>
            {
                CheckVersion(fields, json, location);
                return Read(fields);
            });
        }
        catch (JsonException e)
        {
            throw Damaged(location, e.Message, e);
        }

        if (!RepositoryLayout.IsHex(config.Id, RepositoryLayout.IdLength) || !config.Chunking.IsValid()) throw Damaged(location, "its values are out of range");
        return config;
    }

    public static RepositoryConfig Read(JsonFields fields) => new()
    {
        Format = fields.Text("format"),
        Version = fields.Small("version"),
        Id = fields.Text("id"),
        Created = fields.Time("created"),
        Compression = fields.Text("compression"),
        Chunking = ChunkingConfig.Read(fields.Object("chunking")),
        Checksum = fields.Text("checksum"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("format", Format);
        json.WriteNumber("version", Version);
        json.WriteString("id", Id);
        json.WriteString("created", Created);
        json.WriteString("compression", Compression);
        json.WriteStartObject("chunking");
        Chunking.Write(json);
        json.WriteEndObject();
        json.WriteString("checksum", Checksum);
    }

    // First what every version has, so that a newer one is told from damage.
    private static void CheckVersion(JsonFields fields, ReadOnlySpan<byte> bytes, string location)
    {
        string format = fields.Text("format"), checksum = fields.Text("checksum");
        int version = fields.Small("version");
        if (format != FormatName) throw Damaged(location, "it does not name the format");
        if (checksum != ComputeChecksum(bytes)) throw Damaged(location, "its checksum does not match");
        if (version != CurrentVersion)
        {
            throw new BackupException(BackupError.UnsupportedFormat, $"The repository at '{location}' has format version {version}; this program knows version {CurrentVersion}.", location);
        }
    }

    private static string? ComputeChecksum(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.LastIndexOf(ChecksumMember);
        return end < 0 ? null : Convert.ToHexStringLower(SHA256.HashData(bytes[..end]));
    }

    private static BackupException Damaged(string location, string how, Exception? cause = null) =>
        new(BackupError.RepositoryDamaged, $"'{RepositoryLayout.Config}' of the repository at '{location}' is damaged: {how}.", RepositoryLayout.Config, cause);
}
