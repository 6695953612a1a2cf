using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations;

/// <summary>Keeps it in the catalog. A catalog that cannot be used becomes a warning: what this host has seen is not known then.</summary>
/// <param name="table">Where.</param>
/// <param name="repositoryId">The repository.</param>
/// <param name="keeps">Whether what is seen now is kept; a plan changes nothing.</param>
/// <param name="onWarning">Told once.</param>
internal sealed class CatalogSnapshotMemory(SeenSnapshotTable table, string repositoryId, bool keeps, Action<string>? onWarning) : ISnapshotMemory
{
    private bool told;

    public IReadOnlyDictionary<string, int> Read()
    {
        try
        {
            return table.Read(repositoryId);
        }
        catch (BackupException e)
        {
            Tell(e);
            return new Dictionary<string, int>();
        }
    }

    public void Remember(IReadOnlyDictionary<string, int> seen)
    {
        if (!keeps) return;
        try
        {
            table.Remember(repositoryId, seen);
        }
        catch (BackupException e)
        {
            Tell(e);
        }
    }

    private void Tell(BackupException e)
    {
        if (!told) onWarning?.Invoke($"What this host has seen in the repository cannot be known or kept: {e.Message}");
        told = true;
    }
}
