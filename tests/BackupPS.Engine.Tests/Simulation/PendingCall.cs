namespace BackupPS.Engine.Tests.Simulation;

/// <summary>A call to the store that an actor waits for.</summary>
internal abstract class PendingCall(Actor actor, string text, bool changes)
{
    public Actor Actor => actor;

    /// <summary>For the trace.</summary>
    public string Text => text;

    /// <summary>Whether it may change the store.</summary>
    public bool Changes => changes;

    /// <summary>Does it, and gives the answer.</summary>
    /// <param name="answerLost">Whether the caller is told that it failed.</param>
    /// <returns>The answer, for the trace.</returns>
    public abstract string Execute(bool answerLost);

    /// <summary>Does it, and gives no answer: the caller is gone.</summary>
    public abstract string ExecuteLate();

    /// <summary>Lets it fail without being done.</summary>
    public abstract void Fail(Exception exception);
}
