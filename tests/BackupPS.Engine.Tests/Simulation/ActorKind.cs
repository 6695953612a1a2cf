namespace BackupPS.Engine.Tests.Simulation;

/// <summary>What an actor does.</summary>
internal enum ActorKind
{
    /// <summary>Backs up.</summary>
    Writer,

    /// <summary>Optimizes.</summary>
    Pruner,

    /// <summary>Removes a snapshot.</summary>
    Remover,

    /// <summary>Restores a snapshot.</summary>
    Reader,

    /// <summary>Says something of a snapshot.</summary>
    Tagger,

    /// <summary>Hides objects, and brings them back.</summary>
    Disturber,
}
