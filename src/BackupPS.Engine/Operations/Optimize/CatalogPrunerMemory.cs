using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>Keeps it in the catalog. A catalog that cannot be used makes later runs wait anew, and becomes a warning.</summary>
/// <param name="table">Where.</param>
/// <param name="damage">What this host knows to be damaged.</param>
/// <param name="repositoryId">The repository.</param>
/// <param name="self">Who this is.</param>
/// <param name="callbacks">Told once that the catalog cannot be used.</param>
internal sealed class CatalogPrunerMemory(RetirementTable table, KnownDamage damage, string repositoryId, SweeperRecord self, RunCallbacks callbacks) : IPrunerMemory
{
    private bool told;

    public SweeperRecord Self => self;

    public bool HasEnded(SweeperRecord sweeper) => sweeper.HostId == self.HostId && new ProcessIdentity(sweeper.ProcessId, sweeper.ProcessStart).HasEnded();

    public IReadOnlyList<string>? FindSessions(string retirementId) => Guard(() => table.FindSessions(repositoryId, retirementId), null);

    public void Remember(string retirementId, IReadOnlyList<string> sessions) => Guard(() => table.Remember(repositoryId, retirementId, sessions), 0);

    public void Forget(string retirementId) => Guard(() => table.Forget(repositoryId, retirementId), 0);

    public IReadOnlyDictionary<string, DateTime> Watch(IReadOnlyDictionary<string, int> beats, DateTime now) =>
        Guard(() => table.Watch(repositoryId, beats, now), new Dictionary<string, DateTime>());

    public void RememberDamage(string pack) => damage.Update([pack], []);

    private T Guard<T>(Func<T> call, T otherwise)
    {
        try
        {
            return call();
        }
        catch (BackupException e)
        {
            if (!told) callbacks.OnWarning?.Invoke($"What is waited for cannot be kept for later runs: {e.Message}");
            told = true;
            return otherwise;
        }
    }
}
