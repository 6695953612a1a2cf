namespace BackupPS.Engine.Tests.Simulation;

/// <summary>The process of an actor is gone: nothing that it still does reaches the store.</summary>
internal sealed class ActorCrashedException : Exception;
