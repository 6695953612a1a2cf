using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>What the pruners of one host know; it outlives their processes.</summary>
internal sealed class SimulatedMemory : IPrunerMemory
{
    private readonly Dictionary<string, IReadOnlyList<string>> sessions = new(StringComparer.Ordinal);

    public IReadOnlyList<string>? FindSessions(string retirementId) => sessions.GetValueOrDefault(retirementId);

    public void Remember(string retirementId, IReadOnlyList<string> sessions) => this.sessions[retirementId] = sessions;

    public void Forget(string retirementId) => sessions.Remove(retirementId);

    // Nobody is silent for 48 h where time stands still: pruners that may fence are told so.
    public IReadOnlyDictionary<string, DateTime> Watch(IReadOnlyDictionary<string, int> beats, DateTime now) => beats.ToDictionary(static b => b.Key, _ => now, StringComparer.Ordinal);

    public void RememberDamage(string pack) => throw new InvalidOperationException($"Nothing is damaged in a simulation, and the pack {pack} is.");
}
