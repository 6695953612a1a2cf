namespace BackupPS.Engine.Crypto;

/// <summary>Objects that are sealed as one: all but packs and keys. FORMAT.md, "Sealed objects".</summary>
internal static class SealedObject
{
    public const int HeaderLength = 8 + ObjectSeal.SaltLength;
    private const byte FormatVersion = 1;
    private static ReadOnlySpan<byte> Magic => "BPSO"u8;

    /// <summary>The bytes to store under <paramref name="name"/>.</summary>
    public static byte[] Seal(KeySet keys, SealedType type, string name, ReadOnlySpan<byte> body)
    {
        byte[] bytes = new byte[HeaderLength + body.Length + ObjectSeal.TagLength];
        body.CopyTo(bytes.AsSpan(HeaderLength));
        SealInPlace(keys, type, name, bytes);
        return bytes;
    }

    /// <summary>Seals a body where it stands: for objects so large that a second copy counts.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="type">What it is.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="bytes"><see cref="HeaderLength"/> bytes of any content, the body, and <see cref="ObjectSeal.TagLength"/> bytes of any content.</param>
    public static void SealInPlace(KeySet keys, SealedType type, string name, Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        bytes[4] = FormatVersion;
        bytes[5] = (byte)type;
        bytes[6] = bytes[7] = 0;
        byte[] salt = new byte[ObjectSeal.SaltLength];
        keys.DrawSalt(salt);
        salt.CopyTo(bytes[8..]);
        using ObjectSeal seal = ObjectSeal.ForName(keys, type, name, salt);
        seal.Seal(SealPosition.Body, bytes[HeaderLength..^ObjectSeal.TagLength], bytes[HeaderLength..]);
    }

    /// <summary>The type that the header names, before anything is authenticated; <see langword="null"/> when these bytes are no sealed object.</summary>
    public static SealedType? PeekType(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderLength && bytes.StartsWith(Magic) ? (SealedType)bytes[5] : null;

    /// <summary>The body of an object.</summary>
    /// <exception cref="BackupException">It is not authentic, or stands under another's name (<see cref="BackupError.ObjectDamaged"/>).</exception>
    public static byte[] Open(KeySet keys, SealedType type, string name, ReadOnlySpan<byte> bytes)
    {
        CheckHeader(type, name, bytes);
        byte[] body = new byte[bytes.Length - HeaderLength - ObjectSeal.TagLength];
        Open(keys, type, name, bytes, body);
        return body;
    }

    /// <summary>The body of an object, in the place of its bytes: for objects so large that a second copy counts.</summary>
    /// <exception cref="BackupException">As <see cref="Open(KeySet, SealedType, string, ReadOnlySpan{byte})"/>.</exception>
    public static ReadOnlySpan<byte> OpenInPlace(KeySet keys, SealedType type, string name, Span<byte> bytes)
    {
        CheckHeader(type, name, bytes);
        Span<byte> body = bytes[HeaderLength..^ObjectSeal.TagLength];
        Open(keys, type, name, bytes, body);
        return body;
    }

    private static void CheckHeader(SealedType type, string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength + ObjectSeal.TagLength || !bytes.StartsWith(Magic)) throw Damaged(name, "it does not begin as a sealed object does");
        if (bytes[4] != FormatVersion) throw Damaged(name, $"its header names version {bytes[4]}, which this repository does not have");
        if (bytes[5] != (byte)type || bytes[6] != 0 || bytes[7] != 0) throw Damaged(name, "its header is not that of its kind");
    }

    private static void Open(KeySet keys, SealedType type, string name, ReadOnlySpan<byte> bytes, Span<byte> body)
    {
        using ObjectSeal seal = ObjectSeal.ForName(keys, type, name, bytes.Slice(8, ObjectSeal.SaltLength));
        if (!seal.TryOpen(SealPosition.Body, bytes[HeaderLength..], body)) throw Damaged(name, "its seal does not hold: a bit has changed, or it stands under another's name");
    }

    private static BackupException Damaged(string name, string how) => new(BackupError.ObjectDamaged, $"The object '{name}' is damaged: {how}.", name);
}
