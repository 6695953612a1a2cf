using BackupPS.Engine;
using BackupPS.Engine.Crypto;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>What unlocking costs.</summary>
public class KeyKernels
{
    private static readonly byte[] RepositoryId = KernelKeys.Bytes(1, 16);

    private readonly RepositorySecret secret = RepositorySecret.FromPassphrase("a passphrase for the benchmark alone");
    private readonly byte[] key;

    public KeyKernels() => key = KeyObject.Wrap(KernelKeys.Create(), secret, "{}"u8);

    /// <summary>One key object, with scrypt.</summary>
    [Benchmark]
    [Kernel("key from a passphrase: scrypt", "key", 1, "0.4 s")]
    public bool Unwrap() => KeyObject.TryUnwrap(key, RepositoryId, secret) is not null;
}
