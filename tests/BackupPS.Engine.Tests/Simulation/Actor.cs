namespace BackupPS.Engine.Tests.Simulation;

/// <summary>A process that works in the repository, as the scheduler sees it.</summary>
internal sealed class Actor(string name, ActorKind kind)
{
    public string Name => name;

    public ActorKind Kind => kind;

    /// <summary>What it does; <see langword="null"/>: it has not begun.</summary>
    public Task? Work { get; set; }

    /// <summary>Begins it.</summary>
    public required Func<Actor, Task> Begin { get; init; }

    /// <summary>The step of the simulation before which it does nothing.</summary>
    public int WaitsUntil { get; set; }

    /// <summary>After so many of its calls it pauses; 0: never.</summary>
    public int PausesAfter { get; init; }

    /// <summary>For how many steps of the simulation it pauses; <see cref="int.MaxValue"/>: for ever.</summary>
    public int Pause { get; init; }

    /// <summary>Before which of its calls its process is killed; 0: never.</summary>
    public int DiesAt { get; init; }

    /// <summary>Whether it stands still until it is let go, whatever the time.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The next call that begins so is done, and told to have failed; <see langword="null"/>: none.</summary>
    public string? NextAnswerLost { get; set; }

    /// <summary>Calls so far.</summary>
    public int Calls { get; set; }

    /// <summary>Whether its process is gone.</summary>
    public bool IsDead { get; set; }

    /// <summary>Whether the answer to a call, which is now done, is lost because of <see cref="NextAnswerLost"/>.</summary>
    public bool LosesAnswer(string call)
    {
        if (NextAnswerLost is null || !call.StartsWith(NextAnswerLost, StringComparison.Ordinal)) return false;
        NextAnswerLost = null;
        return true;
    }
}
