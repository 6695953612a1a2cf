using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Org.BouncyCastle.Crypto.Generators;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>
/// A reader written from FORMAT.md alone, with nothing of the engine in it (a test sees to that): sections 2 to 8, up to blobs. It proves that the page says
/// enough; it is neither fast nor gentle with memory.
/// </summary>
internal sealed class IndependentReader
{
    private readonly string folder;
    private readonly byte[] repositoryId;
    private readonly byte[] sealingKey;
    private readonly byte[] dataIdKey;
    private readonly byte[] treeIdKey;
    private readonly Dictionary<string, (string Pack, byte[] Salt, byte Kind, long Offset, int Segment, int Sealed, int Raw, byte Codec, int Start, int Length)> index = [];
    private readonly Dictionary<(string Pack, int Segment), byte[]> segments = [];

    /// <summary>Opens a repository with a passphrase, or with the 32 bytes of a key file.</summary>
    public IndependentReader(string folder, string? passphrase, byte[]? keyFile)
    {
        this.folder = folder;
        byte[] json = File.ReadAllBytes(Path.Combine(folder, "repository.json"));
        using JsonDocument config = JsonDocument.Parse(json);
        Require(config.RootElement.GetProperty("format").GetString() == "BackupPS repository", "format");
        int checksumAt = json.AsSpan().LastIndexOf("\"checksum\""u8);
        Require(config.RootElement.GetProperty("checksum").GetString() == Hex(SHA256.HashData(json.AsSpan(0, checksumAt))), "checksum");
        Require(config.RootElement.GetProperty("version").GetInt32() == 1, "version");
        repositoryId = Convert.FromHexString(config.RootElement.GetProperty("id").GetString()!);

        byte[] payload = Names("keys").Select(n => Unwrap(ReadObject(n), passphrase, keyFile)).FirstOrDefault(static p => p is not null) ?? throw new InvalidDataException("no key opens");
        Require(payload.AsSpan(0, 32).SequenceEqual(SHA256.HashData(json)), "repository.json is not the one that the key was made for");
        sealingKey = payload[32..64];
        dataIdKey = payload[64..96];
        treeIdKey = payload[96..128];
        foreach (string name in Names("index")) AddIndex(OpenObject(name, 2));
    }

    /// <summary>Names of the objects in a folder that have the form of this version: 32 digits, and what else is allowed behind them.</summary>
    public IEnumerable<string> Names(string inside) => Directory.Exists(Path.Combine(folder, inside))
        ? Directory.EnumerateFiles(Path.Combine(folder, inside)).Select(Path.GetFileName).Where(static n => n!.Length >= 32 && n[..32].All("0123456789abcdef".Contains)).Select(n => $"{inside}/{n}").Order(StringComparer.Ordinal)
        : [];

    /// <summary>The type in the header of a sealed object.</summary>
    public int TypeOf(string name) => ReadObject(name)[5];

    /// <summary>The body of a sealed object that is no pack (section 5).</summary>
    public byte[] OpenObject(string name, byte type)
    {
        byte[] bytes = ReadObject(name);
        Require(bytes.AsSpan(0, 8).SequenceEqual((byte[])[.. "BPSO"u8, 1, type, 0, 0]), name);
        return Open(type, 0, bytes[8..40], Encoding.ASCII.GetBytes(name), 3, 0, bytes.AsSpan(40));
    }

    /// <summary>A blob, proved by its id (section 8).</summary>
    public ReadOnlyMemory<byte> Blob(string id, bool tree)
    {
        var at = index[id];
        Require(at.Kind == (tree ? 2 : 1), "the kind of the pack");
        if (!segments.TryGetValue((at.Pack, at.Segment), out byte[]? raw))
        {
            byte[] pack = OpenPack(at.Pack);
            byte[] stored = Open(1, at.Kind, at.Salt, at.Salt, 1, (ulong)at.Segment, pack.AsSpan((int)at.Offset, at.Sealed));
            raw = IndependentCodecs.Decompress(at.Codec, stored, at.Raw);
            Require(raw.Length == at.Raw, "the length of a segment");
            segments[(at.Pack, at.Segment)] = raw;
        }

        ReadOnlyMemory<byte> content = raw.AsMemory(at.Start, at.Length);
        Require(Hex(HMACSHA256.HashData(tree ? treeIdKey : dataIdKey, content.Span).AsSpan(0, 24)) == id, "the id of a blob");
        return content;
    }

    public static void Require(bool condition, string what)
    {
        if (!condition) throw new InvalidDataException(what);
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private byte[] ReadObject(string name) => File.ReadAllBytes(Path.Combine(folder, name));

    // Section 6: header, trailer, footer.
    private byte[] OpenPack(string name)
    {
        byte[] pack = ReadObject($"packs/{name[..2]}/{name}");
        Require(Hex(SHA256.HashData(pack)) == name, "the name of a pack");
        Require(pack.AsSpan(0, 6).SequenceEqual((byte[])[.. "BPSP"u8, 1, 1]) && pack.AsSpan(pack.Length - 4).SequenceEqual("BPSE"u8), "a pack's header or trailer");
        int footerLength = (int)BinaryPrimitives.ReadUInt32LittleEndian(pack.AsSpan(pack.Length - 8));
        byte[] salt = pack[8..40];
        byte[] footer = Open(1, pack[6], salt, salt, 2, 0, pack.AsSpan(pack.Length - 8 - footerLength, footerLength));
        var reader = new IndependentNumbers(footer);
        Require(reader.Number() == (ulong)pack.Length, "the length in a footer");
        return pack;
    }

    private void AddIndex(byte[] body)
    {
        var reader = new IndependentNumbers(body);
        for (int packs = reader.Count(); packs > 0; packs--)
        {
            string name = Hex(reader.Bytes(32));
            byte[] salt = reader.Bytes(32);
            byte kind = reader.Byte();
            reader.Number();
            long offset = 40;
            int count = reader.Count();
            for (int segment = 0; segment < count; segment++)
            {
                int sealedLength = reader.Count();
                int rawLength = reader.Count();
                byte codec = reader.Byte();
                int start = 0;
                for (int blobs = reader.Count(); blobs > 0; blobs--)
                {
                    string id = reader.Id();
                    int length = reader.Count();
                    index[id] = (name, salt, kind, offset, segment, sealedLength, rawLength, codec, start, length);
                    start += length;
                }

                Require(start == rawLength, "the sum of a segment");
                offset += sealedLength;
            }
        }

        Require(reader.AtEnd, "the end of an index object");
    }

    // Section 4.
    private byte[]? Unwrap(byte[] key, string? passphrase, byte[]? keyFile)
    {
        Require(key.AsSpan(key.Length - 32).SequenceEqual(SHA256.HashData(key.AsSpan(0, key.Length - 32))), "a damaged key object");
        if (!key.AsSpan(0, 5).SequenceEqual((byte[])[.. "BPSK"u8, 1]) || key.Length != 252) return null;
        byte[] salt = key[12..44];
        byte[] wrapping;
        if (key[5] == 1 && passphrase is not null) wrapping = SCrypt.Generate(Encoding.UTF8.GetBytes(passphrase.Normalize(NormalizationForm.FormC)), salt, 1 << key[6], key[7], key[8], 32);
        else if (key[5] == 2 && keyFile is not null) wrapping = HKDF.DeriveKey(HashAlgorithmName.SHA256, keyFile, 32, salt, "BackupPS v1 key wrap"u8.ToArray());
        else return null;
        byte[] payload = new byte[160];
        using var cipher = new AesGcm(wrapping, 16);
        try
        {
            cipher.Decrypt(new byte[12], key.AsSpan(44, 160), key.AsSpan(204, 16), payload, (byte[])[.. key[..44], .. repositoryId]);
            return payload;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // Section 5.
    private byte[] Open(byte type, byte kind, byte[] salt, byte[] binding, byte part, ulong number, ReadOnlySpan<byte> sealedBytes)
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, sealingKey, 32, salt, "BackupPS v1 object key"u8.ToArray());
        byte[] nonce = new byte[12];
        nonce[0] = part;
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), number);
        byte[] plain = new byte[sealedBytes.Length - 16];
        using var cipher = new AesGcm(key, 16);
        cipher.Decrypt(nonce, sealedBytes[..^16], sealedBytes[^16..], plain, (byte[])[.. repositoryId, type, kind, .. binding, .. nonce]);
        return plain;
    }
}
