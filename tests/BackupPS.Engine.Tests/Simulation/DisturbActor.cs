using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// Hides objects of a repository and brings them back, as a mount that comes and goes, a copy that is under way, or a careless hand. A snapshot is hidden only while
/// something tells of it: all hosts that optimize have seen it, or another names it as the one before it. Of what nobody knows nobody can tell that it is missing.
/// </summary>
internal sealed class DisturbActor(ProtocolSimulation simulation, Actor actor, IReadOnlyList<SimulatedMemory> memories, int times)
{
    private static readonly string[] Folders = [RepositoryLayout.Snapshots, RepositoryLayout.Removals, RepositoryLayout.Notes, RepositoryLayout.Packs, RepositoryLayout.Indexes];

    public async Task RunAsync()
    {
        for (int i = 0; i < times; i++)
        {
            await simulation.CallAsync(actor, "hides or brings back", changes: false, Disturb);
        }
    }

    private string Disturb()
    {
        string[] hidden = [.. simulation.HiddenNames];
        if (hidden.Length > 0 && simulation.Random.Next(2) == 0)
        {
            string back = hidden[simulation.Random.Next(hidden.Length)];
            return $"{back} is back: {simulation.BringBack(back)}";
        }

        // A whole folder now and then.
        string folder = Folders[simulation.Random.Next(Folders.Length)];
        string[] there = [.. simulation.ObjectNames.Where(n => n.StartsWith(folder, StringComparison.Ordinal))];
        if (there.Length == 0) return "nothing";
        string[] chosen = simulation.Random.Next(4) == 0 ? there : [there[simulation.Random.Next(there.Length)]];
        return "hidden: " + string.Join(' ', chosen.Where(MayHide).Where(simulation.Hide));
    }

    private bool MayHide(string name)
    {
        string id = RepositoryLayout.LastSegment(name);
        if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal) && (!simulation.IsLive(id) || IsRemoved(id) || !IsTold(id, except: name))) return false;
        return simulation.HiddenNames.Where(static n => n.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal)).All(n => IsTold(RepositoryLayout.LastSegment(n), except: name));
    }

    // Somebody has asked for it, and is about to delete it.
    private bool IsRemoved(string id) => simulation.ObjectNames.Concat(simulation.HiddenNames).Contains(RepositoryLayout.Removal(id));

    private bool IsTold(string id, string except) => memories.All(m => m.Read().ContainsKey(id)) || simulation.IsNamed(id, except);
}
