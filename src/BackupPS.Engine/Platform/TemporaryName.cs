using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Platform;

/// <summary>Names of files that are being written.</summary>
internal static class TemporaryName
{
    /// <summary>How each begins: a crash may leave one, and its name says whose it is.</summary>
    public const string Prefix = ".backupps-";

    // 64 random bits: two writers in one folder do not meet, and creation is exclusive anyway.
    private const int HexDigits = 16;

    /// <summary>A fresh name.</summary>
    public static byte[] Next() => Encoding.ASCII.GetBytes(Prefix + RandomNumberGenerator.GetHexString(HexDigits, lowercase: true));
}
