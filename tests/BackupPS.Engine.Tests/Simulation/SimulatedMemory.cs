using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>What the pruners of one host know; it outlives their processes.</summary>
internal sealed class SimulatedMemory : IPrunerMemory, ISnapshotMemory
{
    private readonly Dictionary<string, IReadOnlyList<string>> sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> damaged = new(StringComparer.Ordinal);

    public SweeperRecord Self { get; } = new() { HostName = "host", HostId = new string('1', 32), ProcessId = 1, ProcessStart = "", Started = DateTime.UnixEpoch };

    // What was on its way to the store when a process died may arrive at any time.
    public bool HasEnded(SweeperRecord sweeper) => false;

    public IReadOnlyDictionary<string, int> Read() => new Dictionary<string, int>(seen);

    void ISnapshotMemory.Remember(IReadOnlyDictionary<string, int> seen)
    {
        foreach ((string id, int note) in seen) this.seen[id] = note;
    }

    public IReadOnlyList<string>? FindSessions(string retirementId) => sessions.GetValueOrDefault(retirementId);

    public void Remember(string retirementId, IReadOnlyList<string> sessions) => this.sessions[retirementId] = sessions;

    public void Forget(string retirementId) => sessions.Remove(retirementId);

    // Nobody is silent for 48 h where time stands still: pruners that may fence are told so.
    public IReadOnlyDictionary<string, DateTime> Watch(IReadOnlyDictionary<string, int> beats, DateTime now) => beats.ToDictionary(static b => b.Key, _ => now, StringComparer.Ordinal);

    // Nothing is damaged in a simulation; what is hidden may seem so, and comes back.
    public void RememberDamage(string pack) => damaged.Add(pack);
}
