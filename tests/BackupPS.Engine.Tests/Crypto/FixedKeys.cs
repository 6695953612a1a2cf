using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>Keys that are the same in every run, for known answers. The answers were computed by another program from FORMAT.md.</summary>
internal static class FixedKeys
{
    public static byte[] RepositoryId => Range(0, 16);

    public static byte[] Salt => Range(128, 32);

    public static KeySet Set => new(RepositoryId, Range(64, 32), Range(0, 32), Range(32, 32), Range(96, 32));

    /// <summary>The bytes first, first + 1, ...</summary>
    public static byte[] Range(int first, int count) => [.. Enumerable.Range(first, count).Select(static i => (byte)i)];
}
