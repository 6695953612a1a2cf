using System.Security.Cryptography;

namespace BackupPS.Engine.Crypto;

/// <summary>
/// scrypt with HMAC-SHA256 (RFC 7914). Written here because every run waits for it: a quarter of the processor time of a managed library,
/// half of that of OpenSSL's, and memory that is free again at once.
/// </summary>
internal static unsafe class Scrypt
{
    // Three lanes at the cost that this version writes: what a process can spare before the buffers of its run grow.
    private const long MaximumShared = 100L * 1024 * 1024;

    /// <summary>Fills <paramref name="key"/>.</summary>
    /// <param name="passphrase">The secret.</param>
    /// <param name="salt">Random bytes.</param>
    /// <param name="logN">log2 of the cost N, from 1 to 20.</param>
    /// <param name="r">Block size in units of 128 bytes, from 1 to 8. A lane takes 128 * r * N bytes of memory.</param>
    /// <param name="p">Number of lanes, from 1 to 16.</param>
    /// <param name="key">Receives the key.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not to be had.</exception>
    public static void DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int logN, int r, int p, Span<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(logN, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logN, 20);
        int laneLength = 128 * r;
        byte[] lanes = new byte[laneLength * p];
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, lanes, 1, HashAlgorithmName.SHA256);

        // At a higher cost, which only a foreign key object asks for, lanes follow each other in the memory of one.
        nuint area = ScryptLanes.AreaLength(logN, r);
        int together = area * ScryptLanes.Maximum <= MaximumShared ? Math.Min(ScryptLanes.Maximum, p) : 1;
        using (var memory = new DerivationMemory(area * (nuint)together))
        {
            for (int lane = 0; lane < p; lane += together)
            {
                ScryptLanes.Mix(lanes.AsSpan(lane * laneLength, Math.Min(together, p - lane) * laneLength), memory.Start, logN, r);
            }
        }

        Rfc2898DeriveBytes.Pbkdf2(passphrase, lanes, key, 1, HashAlgorithmName.SHA256);
        CryptographicOperations.ZeroMemory(lanes);
    }
}
