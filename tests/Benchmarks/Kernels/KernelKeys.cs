using BackupPS.Benchmarks.DataSets;
using BackupPS.Engine.Crypto;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>Keys that are the same in every run, so that the chunker cuts at the same places.</summary>
internal static class KernelKeys
{
    public static KeySet Create() => new(Bytes(1, 16), Bytes(2, KeySet.KeyLength), Bytes(3, KeySet.KeyLength), Bytes(4, KeySet.KeyLength), Bytes(5, KeySet.KeyLength));

    public static byte[] Bytes(ulong seed, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }
}
