using System.Security.Cryptography;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Index;

/// <summary>
/// A folder of runs for one repository. It may be deleted at any time, and any number of processes may use it at
/// once: runs appear whole under names of their own, and never change. Where it cannot be written, they go to temporary files without a name, or are not made.
/// </summary>
/// <param name="folder">The folder, made when it is needed; <see langword="null"/>: nothing is read or kept.</param>
/// <param name="keeps">Whether it may be changed.</param>
internal sealed class IndexCache(string? folder, bool keeps)
{
    private const string RunSuffix = ".run", PendingSuffix = ".new";
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A cache that keeps nothing.</summary>
    public static IndexCache None { get; } = new(folder: null, keeps: false);

    public IndexLimits Limits { get; init; } = new();

    /// <summary>Where runs go that cannot be kept.</summary>
    public string TemporaryFolder { get; init; } = System.IO.Path.GetTempPath();

    /// <summary>Whether runs are kept for later commands, where that is possible.</summary>
    public bool Keeps => keeps && folder is not null;

    /// <summary>The same for what must not change a byte: what is kept is read, and nothing else.</summary>
    public IndexCache ReadOnly() => new(folder, keeps: false) { Limits = Limits, TemporaryFolder = TemporaryFolder };

    /// <summary>The runs that hold nothing but what is listed, the largest first; what will never be of use again is deleted.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="missing">The index objects that are listed, by id. Those that a run holds are taken out.</param>
    public List<IndexRun> Open(KeySet keys, Dictionary<string, IndexObject> missing)
    {
        var usable = new List<IndexRun>();
        foreach (string path in Find(RunSuffix))
        {
            if (!TryOpen(path, keys, out IndexRun? run)) continue;
            if (run is not null && IsCurrent(run, missing)) usable.Add(run);
            else Delete(path);
        }

        if (usable.Count > 1) usable.Sort(static (a, b) => b.EntryCount != a.EntryCount ? b.EntryCount.CompareTo(a.EntryCount) : string.CompareOrdinal(a.Path, b.Path));
        for (int i = 0; i < usable.Count; i++)
        {
            bool needed = false;
            foreach (IndexObject item in usable[i].ReadObjects()) needed |= missing.Remove(item.Id);
            if (needed) continue;

            // Two processes may have made runs of the same objects: the larger one is enough.
            Delete(usable[i].Path);
            usable.RemoveAt(i--);
        }

        return usable;
    }

    /// <summary>Makes a run.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="keep">Whether later commands shall find it; else the file has no name once it is made.</param>
    /// <param name="write">Writes it.</param>
    /// <returns><see langword="null"/>: it cannot be written anywhere.</returns>
    public IndexRun? TryCreate(KeySet keys, bool keep, Action<FileStream> write)
    {
        if (folder is not null && Keeps)
        {
            IndexRun? run = TryCreateIn(folder, keys, keep, write);
            if (run is not null) return run;
        }

        return TryCreateIn(TemporaryFolder, keys, keep: false, write);
    }

    /// <summary>Deletes a run, unless the one that stands for it was not kept. On Windows one that is mapped stays until it is found again.</summary>
    public void Replace(IndexRun run, IndexRun by)
    {
        if (by.Path.EndsWith(RunSuffix, StringComparison.Ordinal)) Delete(run.Path);
    }

    /// <summary>Deletes the folder.</summary>
    public void Clear()
    {
        try
        {
            if (folder is not null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs space, and nothing else.
        }
    }

    private static bool IsCurrent(IndexRun run, Dictionary<string, IndexObject> listed)
    {
        foreach (IndexObject item in run.ReadObjects())
        {
            if (!listed.TryGetValue(item.Id, out IndexObject? there) || there.StoredLength != item.StoredLength) return false;
        }

        return true;
    }

    // Whether anything can be said of the file; a run that is null is of no use to anybody.
    private bool TryOpen(string path, KeySet keys, out IndexRun? run)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            run = IndexRun.TryOpen(file, path, keys, Limits.CheckedWhole);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted since it was listed, or not ours, or new: whoever has just given it its name has not let go of it yet.
            run = null;
            return false;
        }
    }

    private IndexRun? TryCreateIn(string where, KeySet keys, bool keep, Action<FileStream> write)
    {
        string name = System.IO.Path.Join(where, NewName());
        try
        {
            if (where == folder) Prepare(where);
            using var file = new FileStream(name + PendingSuffix, NewFile(bufferSize: 0));
            try
            {
                // Before anything is in it: a process that is killed leaves nothing where nobody clears away.
                if (!keep && !OperatingSystem.IsWindows()) DeleteAnywhere(name + PendingSuffix);
                write(file);
                IndexRun? run = IndexRun.TryOpen(file.SafeFileHandle, keep ? name + RunSuffix : name + PendingSuffix, keys, Limits.CheckedWhole);
                if (run is not null && keep) File.Move(name + PendingSuffix, name + RunSuffix);
                return run;
            }
            finally
            {
                DeleteAnywhere(name + PendingSuffix);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NewName() => "index-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static FileStreamOptions NewFile(int bufferSize)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = bufferSize };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerFile;
        return options;
    }

    private void Prepare(string path)
    {
        CreateFolder(path);

        // A process that was killed leaves its file: nobody holds it any more.
        foreach (string left in Find(PendingSuffix))
        {
            try
            {
                using (File.OpenHandle(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) File.Delete(left);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody is writing it.
            }
        }
    }

    // Given a mode, CreateDirectory gives it to the last folder only.
    private static void CreateFolder(string path)
    {
        if (Directory.Exists(path)) return;
        if (System.IO.Path.GetDirectoryName(path) is { } above) CreateFolder(above);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, OwnerFolder);
    }

    private string[] Find(string suffix)
    {
        try
        {
            return folder is not null && Directory.Exists(folder) ? Directory.GetFiles(folder, "index-*" + suffix) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private void Delete(string path)
    {
        if (Keeps) DeleteAnywhere(path);
    }

    private static void DeleteAnywhere(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A cache: whoever finds it next tries again.
        }
    }
}
