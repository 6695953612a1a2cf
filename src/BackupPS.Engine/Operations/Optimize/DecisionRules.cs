namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// The rules of a decision (DESIGN section 6) that cannot be broken from outside. All hold; the simulation of the protocol breaks one at a time, to show what it is
/// for.
/// </summary>
internal sealed record DecisionRules
{
    /// <summary>Where something that a snapshot needs is in no index, nothing goes: an index that was read while others changed it may lack anything.</summary>
    public bool MissingStops { get; init; } = true;

    /// <summary>Of something needed that only announced packs hold, every one of them stays: another decision may count on any.</summary>
    public bool EveryCopyStays { get; init; } = true;

    /// <summary>Only what was announced goes: nobody knows of other packs that they may go.</summary>
    public bool OnlyAnnouncedGo { get; init; } = true;
}
