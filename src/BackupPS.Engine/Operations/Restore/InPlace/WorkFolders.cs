using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>The work folders of one restore in place, by their numbers in its journal, and the record in the home folder that says where they are.</summary>
/// <param name="records">Remembers where they are.</param>
/// <param name="header">Which restore it is.</param>
/// <param name="isElsewhere">Whether it was copied or moved with all around it: the record in the home folder is of the other place.</param>
internal sealed class WorkFolders(RestoreRecords records, JournalHeader header, bool isElsewhere) : IDisposable
{
    private readonly List<WorkFolder?> works = [];

    // Where each is, or was.
    private readonly List<byte[][]> places = [];

    /// <summary>All of them; <see langword="null"/> for those that are not there any more.</summary>
    public IReadOnlyList<WorkFolder?> All => works;

    public WorkFolder First => works[0]!;

    /// <summary>Notes where the first one will be, before it is made.</summary>
    /// <exception cref="BackupException">The home folder cannot remember it.</exception>
    public void Announce(byte[][] segments, FileTime time) =>
        records.Write(new RestoreRecord(header.RunId, header.Destination, header.Proof, [ToHolder(segments, time)]));

    /// <summary>Notes where another one will be; who cannot was told at the beginning.</summary>
    public void AnnounceAnother(byte[][] segments, FileTime time) => WriteRecord(ToHolder(segments, time));

    /// <summary>Adds one, or the place of one.</summary>
    public void Add(byte[][] segments, WorkFolder? work)
    {
        places.Add(segments);
        works.Add(work);
    }

    /// <summary>One more is there, in the place that was added last.</summary>
    public void SetLast(WorkFolder work) => works[^1] = work;

    /// <summary>The one with a number; <see langword="null"/>: it is not there.</summary>
    public WorkFolder? Find(int number) => number < works.Count ? works[number] : null;

    /// <summary>The one that lies in a folder; <see langword="null"/>: none does.</summary>
    public WorkFolder? FindIn(IFolder holder) =>
        holder.TryGetInfo(WorkFolder.NameOf(header.RunId), out ItemInfo there)
            ? works.Find(w => w is not null && w.Folder.GetInfo() is var own && own.Inode == there.Inode && own.Device == there.Device)
            : null;

    /// <summary>Absolute path of the folder that holds one, or held it.</summary>
    public string PathOf(int number) => PathOf(places[number]);

    /// <summary>Absolute path of a folder of the target.</summary>
    public string PathOf(byte[][] segments) => PathOf(header.Destination, segments);

    /// <summary>Absolute path of a folder below another.</summary>
    public static string PathOf(string folder, byte[][] segments)
    {
        string path = folder;
        foreach (byte[] segment in segments) path = SourcePath.Join(path, PathText.FromBytes(segment));
        return path;
    }

    /// <summary>Absolute path of what is left in one (<see cref="WorkFolder.Leave"/>); without a name, of all of it.</summary>
    public string LeftPathOf(WorkFolder work, byte[] name)
    {
        string folder = SourcePath.Join(PathOf(work.Segments), PathText.FromBytes(work.LeftName));
        return name.Length == 0 ? folder : SourcePath.Join(folder, PathText.FromBytes(name));
    }

    /// <summary>Makes everything durable on their file systems.</summary>
    public void Synchronize()
    {
        foreach (WorkFolder? work in works) work?.Folder.SyncFileSystem();
    }

    /// <summary>Before they are removed: remembers the times that the folders which hold them have without them.</summary>
    public void NoteTimes()
    {
        foreach (WorkFolder? work in works) work?.NoteTime();
        WriteRecord(another: null);
    }

    /// <summary>They are gone.</summary>
    public void Forget()
    {
        if (!isElsewhere) records.Remove(header.RunId);
    }

    public void Dispose()
    {
        foreach (WorkFolder? work in works) work?.Dispose();
    }

    private void WriteRecord(RestoreHolder? another)
    {
        if (isElsewhere) return;
        try
        {
            List<RestoreHolder> holders = [.. works.OfType<WorkFolder>().Select(w => ToHolder(w.Segments, w.Time))];
            if (another is not null) holders.Add(another);
            records.Write(new RestoreRecord(header.RunId, header.Destination, header.Proof, holders));
        }
        catch (BackupException)
        {
            // Told when it began.
        }
    }

    private RestoreHolder ToHolder(byte[][] segments, FileTime time) => new(PathOf(segments), time.Seconds, time.Nanoseconds);
}
