using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
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
    private const byte HeaderRecord = 1, WorkRecord = 2, StepRecord = 3, MarkRecord = 4;

    private readonly RestoreRecords records;
    private readonly List<WorkFolder?> works = [];

    // Where each is, or was.
    private readonly List<byte[][]> places = [];
    private readonly Journal journal;
    private IFolder destination;
    private bool ownsDestination;

    // It was copied or moved with all around it: the record in the home folder is of the other place.
    private bool isElsewhere;
    private long steps;

    private JournaledRestore(RestoreRecords records, JournalHeader header, IFolder destination, Journal journal)
    {
        this.records = records;
        this.destination = destination;
        this.journal = journal;
        Header = header;
    }

    public JournalHeader Header { get; private set; }

    public JournalMark Mark { get; private set; }

    /// <summary>Opens folders of the target whose own modes keep this account out; <see langword="null"/>: none is.</summary>
    public OpenedItems? Opened { get; set; }

    /// <summary>Steps that were journaled.</summary>
    public long StepCount => Interlocked.Read(ref steps);

    /// <summary>Absolute path of the folder that holds the first work folder.</summary>
    public string Holder => PathOf(works[0]!.Segments);

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
        try
        {
            records.Write(new RestoreRecord(header.RunId, header.Destination, header.Proof, [ToHolder(header.Destination, segments, time)]));
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
            var restore = new JournaledRestore(records, header, destination, Journal.Create(work.Folder, writer =>
            {
                writer.WriteByte(HeaderRecord);
                header.Write(writer);
                WriteSegments(writer, segments);
            }));
            restore.works.Add(work);
            restore.places.Add(segments);
            begun = true;
            return restore;
        }
        finally
        {
            if (!begun) GiveUp(work, holder, records, header);
        }
    }

    /// <summary>Reads one that was left.</summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="records">Where it is remembered.</param>
    /// <param name="first">Its first work folder; taken over.</param>
    /// <param name="holderPath">Absolute path of the folder that holds that.</param>
    /// <param name="journal">Its journal; taken over.</param>
    /// <param name="record">What is remembered of it.</param>
    /// <exception cref="InvalidDataException">The journal is not whole.</exception>
    public static JournaledRestore Load(IFileSystem fileSystem, RestoreRecords records, WorkFolder first, string holderPath, Journal journal, RestoreRecord? record)
    {
        var restore = new JournaledRestore(records, default!, null!, journal);
        restore.works.Add(first);
        restore.places.Add([]);
        bool loaded = false;
        try
        {
            restore.Load(fileSystem, holderPath, record);
            loaded = true;
            return restore;
        }
        finally
        {
            if (!loaded) restore.Dispose();
        }
    }

    /// <summary>One more work folder, on another file system.</summary>
    public WorkFolder AddWork(byte[][] segments, IFolder holder)
    {
        FileTime time = holder.GetInfo().Modified;
        int number = works.Count;
        journal.Append(writer =>
        {
            writer.WriteByte(WorkRecord);
            WriteSegments(writer, segments);
        });
        journal.Sync();
        works.Add(null);
        places.Add(segments);
        if (FindOwn(holder) is { })
        {
            // Its file system is mounted twice below the destination, and nothing moves from one mount to the other.
            works[number] = WorkFolder.OpenAlias(number, Header.RunId, segments, holder);
            return works[number]!;
        }

        WriteRecord(ToHolder(Header.Destination, segments, time));
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

        works[number] = work;
        return work;
    }

    /// <summary>The first work folder.</summary>
    public WorkFolder FirstWork => works[0]!;

    /// <summary>The work folder of this restore that lies in a folder; <see langword="null"/>: none does.</summary>
    public WorkFolder? FindOwn(IFolder holder) =>
        holder.TryGetInfo(WorkFolder.NameOf(Header.RunId), out ItemInfo there)
            ? works.Find(w => w is not null && w.Folder.GetInfo() is var own && own.Inode == there.Inode && own.Device == there.Device)
            : null;

    /// <summary>Folders whose work folder has what is needed to end this restore, and is not there: the file system is not mounted, or gone.</summary>
    public IReadOnlyList<string> FindMissing()
    {
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        if (Mark is not (JournalMark.Replacing or JournalMark.RollingBack) || !works.Contains(null)) return [];
        foreach (Step step in Steps(mending: false, backwards: false))
        {
            if (step.Work < works.Count && works[step.Work] is null) missing.Add(PathOf(places[step.Work]));
        }

        return [.. missing];
    }

    /// <summary>Notes a step. Any thread.</summary>
    public void Add(Step step)
    {
        journal.Append(writer =>
        {
            writer.WriteByte(StepRecord);
            step.Write(writer);
        });
        Interlocked.Increment(ref steps);
    }

    /// <summary>Everything is built: from here on the target changes.</summary>
    public void BeginReplacing()
    {
        Synchronize();
        SetMark(JournalMark.Replacing);
    }

    /// <summary>Makes every step, and makes them durable. What this account may not do is a fault, and stays as it was.</summary>
    public void Complete(FaultLog faults, CancellationToken cancellationToken)
    {
        using var splicer = new Splicer(destination, works, Opened);
        foreach (bool mending in new[] { false, true })
        {
            foreach (Step step in Steps(mending, backwards: false))
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
        SetMark(JournalMark.Done);
    }

    // What is wrong with one item alone: its file system does not know its name, or takes it for another's; or somebody has changed something.
    private static bool IsOfItem(PlatformFailure failure) => failure is PlatformFailure.Denied or PlatformFailure.NotSupported or PlatformFailure.ReadOnly
        or PlatformFailure.NotFound or PlatformFailure.BadName or PlatformFailure.Exists or PlatformFailure.NotAFolder or PlatformFailure.NotAFile;

    /// <summary>Unmakes every step that was made, and makes that durable.</summary>
    /// <param name="faults">Told of what cannot be put back, which then stays in a folder of its own; <see langword="null"/>: that is an exception, and it can be tried again.</param>
    public void RollBack(FaultLog? faults = null)
    {
        // A full disk may have no room for a mark; without this one only another crash, in the middle of this, could do harm.
        bool marked = TrySetMark(JournalMark.RollingBack);
        using (var splicer = new Splicer(destination, works, Opened))
        {
            foreach (bool mending in new[] { false, true })
            {
                // A tree that BackupPS has not written may have a name twice: the last that was made is the first to be unmade.
                foreach (Step step in Steps(mending, backwards: true)) Reverse(splicer, step, faults);
            }
        }

        Synchronize();
        if (marked && TrySetMark(JournalMark.RolledBack)) return;

        // Work folders without a journal are of no use to anybody.
        FirstWork.Folder.Delete(Journal.FileName);
        Mark = JournalMark.RolledBack;
    }

    /// <summary>Deletes the work folders with what is in them. Only where the mark says that nothing in them is needed any more.</summary>
    /// <param name="faults">Told of what cannot be deleted: it goes back to its place, or is left in a folder that is none of a restore any more.</param>
    public void CleanUp(FaultLog faults)
    {
        if (Mark is JournalMark.Replacing or JournalMark.RollingBack) throw new InvalidOperationException("What was kept is still needed.");
        foreach (WorkFolder? work in works) work?.NoteTime();
        WriteRecord(another: null);
        if (Mark == JournalMark.Done) DropKept(faults);
        for (int i = works.Count - 1; i >= 0; i--)
        {
            if (works[i] is not { } work || !Remove(work, i == 0 ? Journal.FileName : JournalPointer.FileName)) continue;
            faults.Add(BackupError.WriteFailed, PathOf(work.Segments), $"what could be neither put back nor deleted is left in '{PathText.ToDisplay(LeftPath(work, []))}'");
        }

        if (!isElsewhere) records.Remove(Header.RunId);
    }

    // The folder that holds it may have got a mode by then that keeps its owner out.
    private bool Remove(WorkFolder work, byte[] last)
    {
        try
        {
            return work.Remove(last, journal.Dispose);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && Opened?.TryOpen(PathOf(work.Segments)) == true)
        {
            return work.Remove(last, journal.Dispose);
        }
    }

    public void Dispose()
    {
        journal.Dispose();
        foreach (WorkFolder? work in works) work?.Dispose();
        if (ownsDestination) destination.Dispose();
    }

    // What cannot be removed now is removed by the next restore in place.
    private static void GiveUp(WorkFolder? work, IFolder holder, RestoreRecords records, JournalHeader header)
    {
        try
        {
            work?.Remove([]);
            if (!holder.TryGetInfo(WorkFolder.NameOf(header.RunId), out _)) records.Remove(header.RunId);
            work?.Dispose();
        }
        catch (PlatformException)
        {
            // What failed before is what the caller needs to hear.
        }
    }

    // Nearly always everything can be deleted. What cannot, an immutable file or what belongs to others, is not this restore's to keep.
    private void DropKept(FaultLog faults)
    {
        bool all = true;
        foreach (WorkFolder? work in works)
        {
            if (work is { IsAlias: false }) all &= TryDelete(work.Clear) is null;
        }

        if (all) return;
        using var splicer = new Splicer(destination, works, Opened);
        foreach (Step step in Steps(mending: false, backwards: true))
        {
            if (step.Kept.Length == 0 || step.Work >= works.Count || works[step.Work] is not { } work || !work.Folder.TryGetInfo(step.Kept, out _)) continue;
            if (TryDelete(() => FolderRemoval.Remove(work.Folder, step.Kept)) is not { } failure) continue;
            string where = splicer.TryReturn(step) ? "What is left of it is back in its place." : $"What is left of it is '{PathText.ToDisplay(LeftPath(work, work.Leave(step.Kept, step.Name)))}'.";
            faults.Add(BackupError.WriteFailed, step.Path, $"it could not be deleted: {failure.Message} {where}");
        }
    }

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

    private string LeftPath(WorkFolder work, byte[] name)
    {
        string folder = SourcePath.Join(PathOf(work.Segments), PathText.FromBytes(work.LeftName));
        return name.Length == 0 ? folder : SourcePath.Join(folder, PathText.FromBytes(name));
    }

    private void Load(IFileSystem fileSystem, string holderPath, RestoreRecord? record)
    {
        long marked = 0;
        foreach (byte[] bytes in journal.Read())
        {
            var reader = new ByteReader(bytes);
            byte kind = reader.ReadByte();
            if (kind == HeaderRecord)
            {
                Header = JournalHeader.Read(ref reader);
                FirstWork.Segments = Step.ReadSegments(ref reader);
                places[0] = FirstWork.Segments;

                // What is kept here is of the files around it, wherever they are now: of those that a backup or a copy has brought here, or a rescue system has mounted.
                isElsewhere = !IsFolder(fileSystem, Holder, FirstWork.HolderInfo);
                if (isElsewhere) Header = Header with { Destination = Above(holderPath, FirstWork.Segments) };
                destination = fileSystem.OpenFolder(Header.Destination);
                ownsDestination = true;
            }
            else if (kind == WorkRecord)
            {
                byte[][] segments = Step.ReadSegments(ref reader);
                works.Add(TryOpenWork(fileSystem, segments, record));
                places.Add(segments);
            }
            else if (kind == StepRecord)
            {
                steps++;
            }
            else if (kind == MarkRecord)
            {
                Mark = (JournalMark)reader.ReadByte();
                marked = reader.ReadLong();
            }
        }

        if (!ownsDestination) throw new InvalidDataException("it does not begin as a journal does.");
        if (Mark != JournalMark.Building && steps < marked) throw new InvalidDataException($"it has {steps} of {marked} steps.");
    }

    // null: it is not there, or its file system is not.
    private WorkFolder? TryOpenWork(IFileSystem fileSystem, byte[][] segments, RestoreRecord? record)
    {
        string path = PathOf(segments);
        try
        {
            return WorkFolder.TryOpen(works.Count, Header.RunId, segments, fileSystem.OpenFolder(path), LeftRestore.TimeOf(record, path), works);
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    private static bool IsFolder(IFileSystem fileSystem, string path, in ItemInfo held)
    {
        try
        {
            using IFolder folder = fileSystem.OpenFolder(path);
            ItemInfo info = folder.GetInfo();
            return info.Inode == held.Inode && info.Device == held.Device;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    /// <summary>The folder from which these names lead to a path.</summary>
    /// <exception cref="InvalidDataException">They do not lead there.</exception>
    public static string Above(string path, byte[][] segments)
    {
        string[] names = SourcePath.Split(path);
        int above = names.Length - segments.Length;
        if (above < 0 || !names.Skip(above).SequenceEqual(segments.Select(static s => PathText.FromBytes(s)), StringComparer.Ordinal)) throw new InvalidDataException("it is of another place.");
        return SourcePath.Combine(names[..above]);
    }

    private IEnumerable<Step> Steps(bool mending, bool backwards)
    {
        foreach (byte[] bytes in backwards ? journal.ReadBackwards() : journal.Read())
        {
            if (bytes[0] == StepRecord && ReadStep(bytes) is { } step && step.Kind == StepKind.Mend == mending) yield return step;
        }
    }

    private static Step ReadStep(byte[] bytes)
    {
        var reader = new ByteReader(bytes.AsSpan(1));
        return Step.Read(ref reader);
    }

    private void Reverse(Splicer splicer, Step step, FaultLog? faults)
    {
        try
        {
            splicer.Reverse(step);
        }
        catch (PlatformException e) when (faults is not null)
        {
            faults.Add(step.Kind == StepKind.Mend ? BackupError.MetadataNotRestored : BackupError.WriteFailed, step.Path, $"it could not be put back: {e.Message}{Leave(step)}");
        }
        catch (PlatformException e)
        {
            throw new PlatformException(e.Failure, $"'{PathText.ToDisplay(step.Path)}' cannot be put back: {e.Message}", e);
        }
    }

    private string Leave(Step step)
    {
        try
        {
            if (step.Kept.Length == 0 || step.Work >= works.Count || works[step.Work] is not { } work || !work.Folder.TryGetInfo(step.Kept, out _)) return "";
            return $" What it was before is '{PathText.ToDisplay(LeftPath(work, work.Leave(step.Kept, step.Name)))}'.";
        }
        catch (PlatformException)
        {
            return "";
        }
    }

    private bool TrySetMark(JournalMark mark)
    {
        try
        {
            SetMark(mark);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    private void SetMark(JournalMark mark)
    {
        journal.Append(writer =>
        {
            writer.WriteByte(MarkRecord);
            writer.WriteByte((byte)mark);
            writer.WriteNumber(StepCount);
        });
        journal.Sync();
        Mark = mark;
    }

    /// <summary>Makes everything durable on the file systems of the work folders.</summary>
    public void Synchronize()
    {
        foreach (WorkFolder? work in works) work?.Folder.SyncFileSystem();
    }

    private void WriteRecord(RestoreHolder? another)
    {
        if (isElsewhere) return;
        try
        {
            List<RestoreHolder> holders = [.. works.OfType<WorkFolder>().Select(w => ToHolder(Header.Destination, w.Segments, w.Time))];
            if (another is not null) holders.Add(another);
            records.Write(new RestoreRecord(Header.RunId, Header.Destination, Header.Proof, holders));
        }
        catch (BackupException)
        {
            // Told when it began.
        }
    }

    private string PathOf(byte[][] segments) => ToHolder(Header.Destination, segments, default).Path;

    private static RestoreHolder ToHolder(string destination, byte[][] segments, FileTime time)
    {
        string path = destination;
        foreach (byte[] segment in segments) path = SourcePath.Join(path, PathText.FromBytes(segment));
        return new RestoreHolder(path, time.Seconds, time.Nanoseconds);
    }

    private static void WriteSegments(ByteWriter writer, byte[][] segments)
    {
        writer.WriteNumber((ulong)segments.Length);
        foreach (byte[] segment in segments) writer.WriteRun(segment);
    }
}
