namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>The process is dead: no call does anything any more, and nobody handles this.</summary>
public sealed class SimulatedCrashException : Exception
{
    public SimulatedCrashException()
        : base("The process died.")
    {
    }

    public SimulatedCrashException(string message)
        : base(message)
    {
    }

    public SimulatedCrashException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
