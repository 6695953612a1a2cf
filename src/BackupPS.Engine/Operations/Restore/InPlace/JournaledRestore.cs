using BackupPS.Engine.Catalog;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// A restore in place as its journal has it, of this process or one that was interrupted: it is completed or rolled back from any moment.
/// <para>
/// Building: work folders, each recorded before it is made. Then all that was built and the journal become durable, and the mark Replacing; the steps;
/// a barrier, and the mark Done; what was kept is deleted. Or the mark RollingBack, the steps backwards, a barrier, the mark RolledBack, and what was
/// built is deleted. The order of steps does not matter: no two concern one item, and metadata comes after all that is put and removed.
/// </para>
/// </summary>
internal sealed class JournaledRestore : IDisposable
{
    private readonly IFolder destination;
    private readonly bool ownsDestination;
    private readonly RestoreJournal journal;
    private readonly WorkFolders works;
    private readonly ReplacedItems replaced;

    /// <param name="header">Which restore it is.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="ownsDestination">Whether that is taken over.</param>
    /// <param name="journal">Its journal; taken over.</param>
    /// <param name="works">Its work folders; taken over.</param>
    public JournaledRestore(JournalHeader header, IFolder destination, bool ownsDestination, RestoreJournal journal, WorkFolders works)
    {
        Header = header;
        this.destination = destination;
        this.ownsDestination = ownsDestination;
        this.journal = journal;
        this.works = works;
        replaced = new ReplacedItems(works, journal);
    }

    public JournalHeader Header { get; }

    public JournalMark Mark => journal.Mark;

    /// <summary>Opens folders of the target whose own modes keep this account out; <see langword="null"/>: none is.</summary>
    public OpenedItems? Opened { get; set; }

    /// <summary>Absolute path of the folder that holds the first work folder.</summary>
    public string Holder => works.PathOf(works.First.Segments);

    /// <summary>Begins one: makes its first work folder, and the journal in it.</summary>
    /// <param name="records">Remembers where it is.</param>
    /// <param name="header">Which restore it is.</param>
    /// <param name="destination">The destination; not taken over.</param>
    /// <param name="segments">Where the first work folder goes.</param>
    /// <param name="holder">That folder; taken over, unless it fails.</param>
    /// <param name="onWarning">Told where the home folder cannot remember it.</param>
    public static JournaledRestore Begin(RestoreRecords records, JournalHeader header, IFolder destination, byte[][] segments, IFolder holder, Action<string>? onWarning)
    {
        FileTime time = holder.GetInfo().Modified;
        var works = new WorkFolders(records, header, isElsewhere: false);
        try
        {
            works.Announce(segments, time);
        }
        catch (BackupException e)
        {
            onWarning?.Invoke($"Where this restore is under way is not recorded: {e.Message}");
        }

        WorkFolder? work = null;
        bool begun = false;
        try
        {
            work = WorkFolder.Create(0, header.RunId, segments, holder, time);
            RestoreJournal journal = RestoreJournal.Create(work.Folder, header, segments);
            works.Add(segments, work);
            begun = true;
            return new JournaledRestore(header, destination, ownsDestination: false, journal, works);
        }
        finally
        {
            if (!begun) GiveUp(work, holder, works, header);
        }
    }

    /// <summary>One more work folder, on another file system.</summary>
    public WorkFolder AddWork(byte[][] segments, IFolder holder)
    {
        FileTime time = holder.GetInfo().Modified;
        int number = works.All.Count;
        journal.AddWork(segments);
        works.Add(segments, null);
        if (works.FindIn(holder) is { })
        {
            // Its file system is mounted twice below the destination, and nothing moves from one mount to the other.
            var alias = WorkFolder.OpenAlias(number, Header.RunId, segments, holder);
            works.SetLast(alias);
            return alias;
        }

        works.AnnounceAnother(segments, time);
        WorkFolder work = WorkFolder.Create(number, Header.RunId, segments, holder, time);
        bool pointed = false;
        try
        {
            JournalPointer.Write(work.Folder, Holder);
            pointed = true;
        }
        finally
        {
            if (!pointed) work.Remove([]);
        }

        works.SetLast(work);
        return work;
    }

    /// <summary>The first work folder.</summary>
    public WorkFolder FirstWork => works.First;

    /// <summary>Folders whose work folder has what is needed to end this restore, and is not there: the file system is not mounted, or gone.</summary>
    public IReadOnlyList<string> FindMissing()
    {
        if (Mark is not (JournalMark.Replacing or JournalMark.RollingBack) || !works.All.Contains(null)) return [];
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Step step in journal.Steps(mending: false, backwards: false))
        {
            if (step.Work < works.All.Count && works.Find(step.Work) is null) missing.Add(works.PathOf(step.Work));
        }

        return [.. missing];
    }

    /// <summary>Notes a step. Any thread.</summary>
    public void Add(Step step) => journal.Add(step);

    /// <summary>Everything is built: from here on the target changes.</summary>
    public void BeginReplacing()
    {
        Synchronize();
        journal.SetMark(JournalMark.Replacing);
    }

    /// <summary>Makes every step, and makes them durable. What this account may not do is a fault, and stays as it was.</summary>
    public void Complete(FaultLog faults, CancellationToken cancellationToken)
    {
        using var splicer = new Splicer(destination, works.All, Opened);
        foreach (bool mending in new[] { false, true })
        {
            foreach (Step step in journal.Steps(mending, backwards: false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    splicer.Advance(step);
                }
                catch (PlatformException e) when (IsOfItem(e.Failure))
                {
                    if (!mending) splicer.Reverse(step);
                    faults.Add(mending ? BackupError.MetadataNotRestored : BackupError.WriteFailed, step.Path, e.Message);
                }
                catch (PlatformException e)
                {
                    throw new BackupException(e.Failure == PlatformFailure.Full ? BackupError.NotEnoughSpace : BackupError.WriteFailed, $"{PathText.ToDisplay(step.Path)}: {e.Message}", step.Path, e);
                }
            }
        }

        Synchronize();
        journal.SetMark(JournalMark.Done);
    }

    // What is wrong with one item alone: its file system does not know its name, or takes it for another's; or somebody has changed something.
    private static bool IsOfItem(PlatformFailure failure) => failure is PlatformFailure.Denied or PlatformFailure.NotSupported or PlatformFailure.ReadOnly
        or PlatformFailure.NotFound or PlatformFailure.BadName or PlatformFailure.Exists or PlatformFailure.NotAFolder or PlatformFailure.NotAFile;

    /// <summary>Unmakes every step that was made, and makes that durable.</summary>
    /// <param name="faults">
    /// Told of what cannot be put back, which then stays in a folder of its own; <see langword="null"/>: that is an exception, and it can be tried again.
    /// </param>
    public void RollBack(FaultLog? faults = null)
    {
        // A full disk may have no room for a mark; without this one only another crash, in the middle of this, could do harm.
        bool marked = journal.TrySetMark(JournalMark.RollingBack);
        using (var splicer = new Splicer(destination, works.All, Opened))
        {
            foreach (bool mending in new[] { false, true })
            {
                // A tree that BackupPS has not written may have a name twice: the last that was made is the first to be unmade.
                foreach (Step step in journal.Steps(mending, backwards: true)) Reverse(splicer, step, faults);
            }
        }

        Synchronize();
        if (marked && journal.TrySetMark(JournalMark.RolledBack)) return;

        // Work folders without a journal are of no use to anybody.
        journal.Delete(FirstWork.Folder);
    }

    /// <summary>Deletes the work folders with what is in them. Only where the mark says that nothing in them is needed any more.</summary>
    /// <param name="faults">Told of what cannot be deleted: it goes back to its place, or is left in a folder that is none of a restore any more.</param>
    public void CleanUp(FaultLog faults)
    {
        if (Mark is JournalMark.Replacing or JournalMark.RollingBack) throw new InvalidOperationException("What was kept is still needed.");
        works.NoteTimes();
        if (Mark == JournalMark.Done) replaced.Drop(faults, () => new Splicer(destination, works.All, Opened));
        for (int i = works.All.Count - 1; i >= 0; i--)
        {
            if (works.Find(i) is not { } work || !Remove(work, i == 0 ? Journal.FileName : JournalPointer.FileName)) continue;
            faults.Add(
                BackupError.WriteFailed,
                works.PathOf(i),
                $"what could be neither put back nor deleted is left in '{PathText.ToDisplay(works.LeftPathOf(work, []))}'");
        }

        works.Forget();
    }

    // The folder that holds it may have got a mode by then that keeps its owner out.
    private bool Remove(WorkFolder work, byte[] last)
    {
        try
        {
            return work.Remove(last, journal.Dispose);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && Opened?.TryOpen(works.PathOf(work.Segments)) == true)
        {
            return work.Remove(last, journal.Dispose);
        }
    }

    public void Dispose()
    {
        journal.Dispose();
        works.Dispose();
        if (ownsDestination) destination.Dispose();
    }

    // What cannot be removed now is removed by the next restore in place.
    private static void GiveUp(WorkFolder? work, IFolder holder, WorkFolders works, JournalHeader header)
    {
        try
        {
            work?.Remove([]);
            if (!holder.TryGetInfo(WorkFolder.NameOf(header.RunId), out _)) works.Forget();
            work?.Dispose();
        }
        catch (PlatformException)
        {
            // What failed before is what the caller needs to hear.
        }
    }

    private void Reverse(Splicer splicer, Step step, FaultLog? faults)
    {
        try
        {
            splicer.Reverse(step);
        }
        catch (PlatformException e) when (faults is not null)
        {
            faults.Add(
                step.Kind == StepKind.Mend ? BackupError.MetadataNotRestored : BackupError.WriteFailed,
                step.Path,
                $"it could not be put back: {e.Message}{replaced.Leave(step)}");
        }
        catch (PlatformException e)
        {
            throw new PlatformException(e.Failure, $"'{PathText.ToDisplay(step.Path)}' cannot be put back: {e.Message}", e);
        }
    }

    /// <summary>Makes everything durable on the file systems of the work folders.</summary>
    public void Synchronize() => works.Synchronize();
}
