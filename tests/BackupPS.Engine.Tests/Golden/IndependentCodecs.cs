using System.IO.Compression;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>FORMAT.md section 6, read anew: the codecs of segments.</summary>
internal static class IndependentCodecs
{
    public static byte[] Decompress(int codec, byte[] stored, int rawLength) => codec switch
    {
        0 => stored,
        1 => Zstd(stored, rawLength),
        2 => Brotli(stored),
        _ => throw new InvalidDataException($"codec {codec}"),
    };

    private static byte[] Brotli(byte[] stored)
    {
        using var stream = new BrotliStream(new MemoryStream(stored), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        stream.CopyTo(raw);
        return raw.ToArray();
    }

    private static byte[] Zstd(byte[] stored, int rawLength)
    {
        using var decompressor = new ZstdSharp.Decompressor();
        byte[] raw = new byte[rawLength];
        return decompressor.Unwrap(stored, raw, 0) == rawLength ? raw : throw new InvalidDataException("zstd");
    }
}
