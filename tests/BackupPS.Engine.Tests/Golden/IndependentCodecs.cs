using System.IO.Compression;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>FORMAT.md section 6, read anew: the codecs of segments.</summary>
internal static unsafe class IndependentCodecs
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
        string[] names = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"] : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"] : ["libzstd.so.1"];
        nint library = names.Select(static n => NativeLibrary.TryLoad(n, out nint handle) ? handle : 0).First(static h => h != 0);
        var decompress = (delegate* unmanaged<byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_decompress");
        byte[] raw = new byte[rawLength];
        fixed (byte* to = raw, from = stored)
        {
            nuint length = decompress(to, (nuint)raw.Length, from, (nuint)stored.Length);
            return length == (nuint)rawLength ? raw : throw new InvalidDataException("zstd");
        }
    }
}
