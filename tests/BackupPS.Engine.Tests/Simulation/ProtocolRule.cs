namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// The rules of DESIGN section 6, each of which the simulation can break: most of them not in the program, but between it and the store, which then answers as if
/// the program had made its calls in another order, or had not made them.
/// </summary>
/// <remarks>
/// Not among them: that a writer loads the index after its session was put, and after it has listed retired packs. No order of these two calls loses anything, as long
/// as the session was put before the listing: what was announced before the listing is named in it for ever, by the announcement or by the decision; whoever
/// announces later lists the sessions after that, and waits for this one. So no copy of which the index tells, be it new or old, counts if it may go.
/// </remarks>
internal enum ProtocolRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>A writer puts its session before it lists retired packs and loads the index. Broken: the session arrives with the first pack, or the commit.</summary>
    SessionFirst,

    /// <summary>The blobs of a parent are looked up like any other. Broken: they are taken for there.</summary>
    ParentChecked,

    /// <summary>A pruner announces packs before it lists the sessions. Broken: the listing is that from before.</summary>
    AnnouncedFirst,

    /// <summary>A pruner lists snapshots again after it has waited. Broken: the listing is that from before.</summary>
    SnapshotsListedAgain,

    /// <summary>A pruner takes packs for absent that others retire. Broken: it does not see the others'.</summary>
    OthersRetiredAbsent,

    /// <summary>A pruner lists retired packs after it has loaded the index for its decision. Broken: the listing is that from before.</summary>
    RetiredLast,

    /// <summary>Below retired/ is listed again what may have gone while it was listed and read. Broken: it is listed once.</summary>
    RetiredListedAgain,

    /// <summary>A decision is a create-only put. Broken: a later one overwrites it.</summary>
    DecisionOnce,

    /// <summary>A decision stays until nobody carries its retirement on. Broken: pruners delete it with the announcement.</summary>
    DecisionsBind,

    /// <summary>Who carries a retirement on puts a mark first. Broken: there are no marks.</summary>
    MarkFirst,

    /// <summary>Who has put a mark looks whether the retirement still stands. Broken: it is taken to.</summary>
    MarkChecked,

    /// <summary>Whether anybody carries a retirement on is looked at when it is gone. Broken: the listing is that from before.</summary>
    MarksLast,

    /// <summary>A retirement is announced under a mark. Broken: without one.</summary>
    AnnouncedUnderMark,

    /// <summary>Tombstones stay for ever. Broken: pruners delete them.</summary>
    TombstonesStay,

    /// <summary>A snapshot whose session stands is overwritten by a tombstone. Broken: it is deleted.</summary>
    TombstoneForStanding,

    /// <summary>A writer takes its session away only when the outcome of its commit is known. Broken: it does so when it is cancelled.</summary>
    SessionStaysInDoubt,

    /// <summary>Who rewrites index objects deletes only what it has read. Broken: it deletes all but its own.</summary>
    IndexDeletesWhatWasRead,

    /// <summary>A decision is not made where something needed is in no index. Broken: it is passed over.</summary>
    MissingStops,

    /// <summary>Of something needed that only announced packs hold, all of them stay. Broken: one does.</summary>
    EveryCopyStays,

    /// <summary>Only announced packs go. Broken: any that is listed then.</summary>
    OnlyAnnouncedGo,

    /// <summary>A reader that misses a pack loads the index anew. Broken: it is shown the index that it had.</summary>
    ReaderReloads,

    /// <summary>A snapshot never moves; what is said of it is a note. Broken: it is put anew under another name, and then deleted.</summary>
    SnapshotsNeverMove,
}
