using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>How a restore ended: Complete only where all that was asked for is there now, as it was when it was saved.</summary>
/// <param name="snapshot">The snapshot.</param>
/// <param name="lacks">Whether it lacks something of what is restored.</param>
/// <param name="request">What is restored.</param>
/// <param name="faults">Its faults.</param>
/// <param name="different">What is left different.</param>
internal sealed class RestoreOutcome(SnapshotRecord snapshot, bool lacks, RestoreRequest request, FaultLog faults, DifferentItems different)
{
    private const string Complete = "Complete", Incomplete = "Incomplete";

    // Kept with the run, for whoever completes one that was interrupted.
    private const string Note = "Not all that was asked for will be there: the restore is Incomplete.";

    public string Status => faults.Count == 0 && different.Count == 0 && !lacks ? Complete : Incomplete;

    public bool Verified => request.Verify && Status == Complete;

    /// <summary>Whether an interrupted restore had found that it is Incomplete.</summary>
    public static bool IsNoted(IEnumerable<BackupEvent> events) => events.Any(static e => e.Kind == BackupEventKind.Message && e.Message == Note);

    /// <summary>Before anything is written: what the snapshot itself lacks.</summary>
    public static void TellOf(SnapshotRecord snapshot, bool lacks, Action<string>? onWarning)
    {
        if (lacks)
        {
            onWarning?.Invoke(
                $"The snapshot {snapshot.Id} is {snapshot.Status}: when it was made, {snapshot.FaultCount} items could not be saved, or not as they were. " +
                "What it lacks is not restored.");
        }
    }

    /// <summary>When it is known, and perhaps not yet done.</summary>
    public void Tell(RunCallbacks callbacks)
    {
        if (Status != Complete) callbacks.OnMessage?.Invoke(Note);
        if (different.Count == 0) return;
        callbacks.OnWarning?.Invoke(
            $"{different.Count} items that were there already are not as the snapshot of {snapshot.Time:u} has them, and were left as they are (-Overwrite " +
            $"{request.Overwrite}); the result names them in Different. The first: {different.Lines[0]}.");
    }
}
