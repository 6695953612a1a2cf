using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Takes up a restore in place that was left, as its journal has it, with those of its work folders that are there.</summary>
internal sealed class JournalLoader : IDisposable
{
    private readonly IFileSystem fileSystem;
    private readonly RestoreRecords records;
    private readonly RestoreRecord? record;
    private readonly Journal journal;
    private readonly WorkFolder first;
    private readonly string holderPath;
    private JournalHeader? header;
    private WorkFolders? works;
    private IFolder? destination;
    private bool isHandedOver;

    private JournalLoader(IFileSystem fileSystem, RestoreRecords records, WorkFolder first, string holderPath, Journal journal, RestoreRecord? record)
    {
        this.journal = journal;
        this.fileSystem = fileSystem;
        this.records = records;
        this.first = first;
        this.holderPath = holderPath;
        this.record = record;
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
        using var loader = new JournalLoader(fileSystem, records, first, holderPath, journal, record);
        RestoreJournal read = RestoreJournal.Load(journal, loader.Begin, loader.AddWork);
        loader.isHandedOver = true;
        return new JournaledRestore(loader.header!, loader.destination!, ownsDestination: true, read, loader.works!);
    }

    /// <summary>Closes what it was given and has opened, unless that is handed over.</summary>
    public void Dispose()
    {
        if (isHandedOver) return;
        journal.Dispose();
        if (works is null) first.Dispose();
        else works.Dispose();
        destination?.Dispose();
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

    private void Begin(JournalHeader read, byte[][] segments)
    {
        // What is kept here is of the files around it, wherever they are now: of those that a backup or a copy has brought here, or a rescue system has
        // mounted.
        bool isElsewhere = !IsFolder(WorkFolders.PathOf(read.Destination, segments), first.HolderInfo);
        header = isElsewhere ? read with { Destination = Above(holderPath, segments) } : read;
        works = new WorkFolders(records, header, isElsewhere);
        first.Segments = segments;
        works.Add(segments, first);
        destination = fileSystem.OpenFolder(header.Destination);
    }

    private void AddWork(byte[][] segments)
    {
        if (works is null) throw new InvalidDataException("it does not begin as a journal does.");
        works.Add(segments, TryOpenWork(works, segments));
    }

    // null: it is not there, or its file system is not.
    private WorkFolder? TryOpenWork(WorkFolders others, byte[][] segments)
    {
        string path = others.PathOf(segments);
        try
        {
            return WorkFolder.TryOpen(others.All.Count, header!.RunId, segments, fileSystem.OpenFolder(path), LeftRestore.TimeOf(record, path), others.All);
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    private bool IsFolder(string path, in ItemInfo held)
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
}
