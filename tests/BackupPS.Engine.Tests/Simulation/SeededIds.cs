using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Ids that follow from a seed.</summary>
internal sealed class SeededIds(Random random) : IdSource
{
    public override string Next()
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
