using System.Security.Cryptography;

namespace BackupPS.Engine.Repositories;

/// <summary>Draws ids of sessions, indexes, keys and runs: 128 random bits as 32 hexadecimal digits.</summary>
internal class IdSource
{
    /// <summary>Draws from the system's generator.</summary>
    public static readonly IdSource Random = new();

    public virtual string Next() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
