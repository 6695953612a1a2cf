using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>What the journal of a restore in place says: which restore it is, where its work folders are, its steps, and how far it has come.</summary>
internal sealed class RestoreJournal : IDisposable
{
    private const byte HeaderRecord = 1, WorkRecord = 2, StepRecord = 3, MarkRecord = 4;

    private readonly Journal journal;
    private long steps;

    private RestoreJournal(Journal journal) => this.journal = journal;

    public JournalMark Mark { get; private set; }

    /// <summary>Begins one, durably.</summary>
    /// <param name="folder">The first work folder.</param>
    /// <param name="header">Which restore it is.</param>
    /// <param name="segments">Where that folder is.</param>
    public static RestoreJournal Create(IFolder folder, JournalHeader header, byte[][] segments) => new(Journal.Create(folder, writer =>
    {
        writer.WriteByte(HeaderRecord);
        header.Write(writer);
        WriteSegments(writer, segments);
    }));

    /// <summary>Reads one that was left.</summary>
    /// <param name="journal">The file; taken over.</param>
    /// <param name="onHeader">Told which restore it is, and where its first work folder was.</param>
    /// <param name="onWork">Told where each other work folder was.</param>
    /// <exception cref="InvalidDataException">It is not whole.</exception>
    public static RestoreJournal Load(Journal journal, Action<JournalHeader, byte[][]> onHeader, Action<byte[][]> onWork)
    {
        var restore = new RestoreJournal(journal);
        restore.Load(onHeader, onWork);
        return restore;
    }

    /// <summary>Notes a work folder, durably.</summary>
    public void AddWork(byte[][] segments)
    {
        journal.Append(writer =>
        {
            writer.WriteByte(WorkRecord);
            WriteSegments(writer, segments);
        });
        journal.Sync();
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

    /// <summary>The steps, those that mend metadata or the others.</summary>
    public IEnumerable<Step> Steps(bool mending, bool backwards)
    {
        foreach (byte[] bytes in backwards ? journal.ReadBackwards() : journal.Read())
        {
            if (bytes[0] == StepRecord && ReadStep(bytes) is { } step && step.Kind == StepKind.Mend == mending) yield return step;
        }
    }

    /// <summary>Notes how far it has come, durably.</summary>
    public void SetMark(JournalMark mark)
    {
        journal.Append(writer =>
        {
            writer.WriteByte(MarkRecord);
            writer.WriteByte((byte)mark);
            writer.WriteNumber(Interlocked.Read(ref steps));
        });
        journal.Sync();
        Mark = mark;
    }

    /// <summary>The same where there may be no room for it.</summary>
    public bool TrySetMark(JournalMark mark)
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

    /// <summary>Deletes it: everything is as it was before.</summary>
    public void Delete(IFolder folder)
    {
        folder.Delete(Journal.FileName);
        Mark = JournalMark.RolledBack;
    }

    /// <summary>Closes it. May be called again.</summary>
    public void Dispose() => journal.Dispose();

    private void Load(Action<JournalHeader, byte[][]> onHeader, Action<byte[][]> onWork)
    {
        bool begins = false;
        long marked = 0;
        foreach (byte[] bytes in journal.Read())
        {
            var reader = new ByteReader(bytes);
            switch (reader.ReadByte())
            {
                case HeaderRecord:
                    JournalHeader header = JournalHeader.Read(ref reader);
                    onHeader(header, Step.ReadSegments(ref reader));
                    begins = true;
                    break;
                case WorkRecord:
                    onWork(Step.ReadSegments(ref reader));
                    break;
                case StepRecord:
                    steps++;
                    break;
                case MarkRecord:
                    Mark = (JournalMark)reader.ReadByte();
                    marked = reader.ReadLong();
                    break;
            }
        }

        if (!begins) throw new InvalidDataException("it does not begin as a journal does.");
        if (Mark != JournalMark.Building && steps < marked) throw new InvalidDataException($"it has {steps} of {marked} steps.");
    }

    private static Step ReadStep(byte[] bytes)
    {
        var reader = new ByteReader(bytes.AsSpan(1));
        return Step.Read(ref reader);
    }

    private static void WriteSegments(ByteWriter writer, byte[][] segments)
    {
        writer.WriteNumber((ulong)segments.Length);
        foreach (byte[] segment in segments) writer.WriteRun(segment);
    }
}
