using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// What a restore in place has replaced, and keeps in its work folders until it ends. What can then be neither deleted nor put back stays in a folder that is
/// none of a restore any more.
/// </summary>
internal sealed class ReplacedItems(WorkFolders works, RestoreJournal journal)
{
    /// <summary>Deletes all. Nearly always that can be done; an immutable file, or what belongs to others, is not this restore's to keep.</summary>
    /// <param name="faults">Told of what cannot be deleted.</param>
    /// <param name="createSplicer">Makes what puts it back.</param>
    public void Drop(FaultLog faults, Func<Splicer> createSplicer)
    {
        bool all = true;
        foreach (WorkFolder? work in works.All)
        {
            if (work is { IsAlias: false }) all &= TryDelete(work.Clear) is null;
        }

        if (all) return;
        using Splicer splicer = createSplicer();
        foreach (Step step in journal.Steps(mending: false, backwards: true))
        {
            if (Find(step) is not { } work || TryDelete(() => FolderRemoval.Remove(work.Folder, step.Kept)) is not { } failure) continue;
            string where = splicer.TryReturn(step) ? "What is left of it is back in its place." : $"What is left of it is '{Leave(work, step)}'.";
            faults.Add(BackupError.WriteFailed, step.Path, $"it could not be deleted: {failure.Message} {where}");
        }
    }

    /// <summary>Leaves what a step has replaced, and cannot be put back.</summary>
    /// <returns>Where it is, for the message of the fault; empty: there is none.</returns>
    public string Leave(Step step)
    {
        try
        {
            return Find(step) is { } work ? $" What it was before is '{Leave(work, step)}'." : "";
        }
        catch (PlatformException)
        {
            return "";
        }
    }

    private string Leave(WorkFolder work, Step step) => PathText.ToDisplay(works.LeftPathOf(work, work.Leave(step.Kept, step.Name)));

    // null: the step has replaced nothing, or it is not there any more.
    private WorkFolder? Find(Step step) => step.Kept.Length > 0 && works.Find(step.Work) is { } work && work.Folder.TryGetInfo(step.Kept, out _) ? work : null;

    private static PlatformException? TryDelete(Action delete)
    {
        try
        {
            delete();
            return null;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported or PlatformFailure.NotEmpty)
        {
            return e;
        }
    }
}
