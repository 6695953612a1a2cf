using System.Buffers.Binary;

namespace BackupPS.Engine.Tests;

/// <summary>SplitMix64: bytes that are the same on every platform and version, for known answers.</summary>
internal static class SplitMix
{
    public static byte[] Bytes(ulong seed, int count)
    {
        byte[] bytes = new byte[(count + 7) / 8 * 8];
        for (int i = 0; i < bytes.Length; i += 8)
        {
            seed += 0x9E3779B97F4A7C15;
            ulong z = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i), z ^ (z >> 31));
        }

        return bytes.Length == count ? bytes : bytes[..count];
    }
}
