namespace BackupPS.Engine.Repositories;

/// <summary>Who a pruner is, and what it knows from its earlier runs. Losing that makes it wait anew; it costs time, never data.</summary>
internal interface IPrunerMemory
{
    /// <summary>Who this is.</summary>
    SweeperRecord Self { get; }

    /// <summary>Whether it is certain that a process of this host has ended, so that it deletes nothing more.</summary>
    bool HasEnded(SweeperRecord sweeper);

    /// <summary>The sessions that stood when a retirement had been put; <see langword="null"/>: not known here.</summary>
    IReadOnlyList<string>? FindSessions(string retirementId);

    /// <summary>Keeps them.</summary>
    void Remember(string retirementId, IReadOnlyList<string> sessions);

    /// <summary>The retirement has ended.</summary>
    void Forget(string retirementId);

    /// <summary>Since when each session has not shown life here. Those that are not given are forgotten.</summary>
    /// <param name="beats">Sessions that stand, each with the number of its latest heartbeat, or -1.</param>
    /// <param name="now">The time (UTC).</param>
    IReadOnlyDictionary<string, DateTime> Watch(IReadOnlyDictionary<string, int> beats, DateTime now);

    /// <summary>A pack turned out to be damaged.</summary>
    void RememberDamage(string pack);
}
