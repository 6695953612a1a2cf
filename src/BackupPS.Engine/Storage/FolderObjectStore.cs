using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Storage.Folder;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage;

/// <summary>
/// A folder as object store: an object is a file of mode 0600 with the object's name as path. Calls to the system block the calling thread;
/// the token is looked at before each and between pieces of <see cref="PieceLength"/>.
/// </summary>
internal sealed class FolderObjectStore : IObjectStore
{
    /// <summary>What one call to the system reads or writes at most: some ms on a slow disk, so that a cancellation is seen in time, and long enough that the calls cost nothing.</summary>
    internal const int PieceLength = 4 << 20;

    // A put is written again when its temporary was swept (once at most, by another process that starts), and when the file system turns out
    // to lack the way of publishing (two fallbacks).
    private const int PutAttempts = 5;

    private const string LostAndFound = "lost+found";

    private static readonly string[] FixedFolders = ["keys", "packs", "index", "snapshots", "notes", "removed", "parity", "retired", "sessions", "sweepers", "tmp"];

    private readonly FolderFiles _files;
    private readonly OpenFileCache _open;
    private volatile bool _disposed;

    private FolderObjectStore(FolderFiles files)
    {
        _files = files;
        _open = new OpenFileCache(files.OpenFileLimit);
        Location = PathText.ToDisplay(files.Path);
    }

    public string Location { get; }

    /// <summary>The way that new objects are published here, as far as is known.</summary>
    internal FolderPublishing Publishing => _files.Publishing;

    /// <summary>Makes a store in a folder: the folder, with mode 0700, unless it is there, and the folders in it.</summary>
    /// <exception cref="StoreException">It cannot be made.</exception>
    public static FolderObjectStore Create(string path) => Create(path, FolderPublishing.Unnamed);

    /// <summary>The same, with publishing by a fallback from the start.</summary>
    internal static FolderObjectStore Create(string path, FolderPublishing publishing)
    {
        FolderFiles files = FolderFiles.Open(path, create: true, publishing);
        try
        {
            files.CreateFolders("", FixedFolders);
            files.CreateFolders("packs", Enumerable.Range(0, 256).Select(i => i.ToString("x2", CultureInfo.InvariantCulture)));
            return new FolderObjectStore(files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Whether a folder holds nothing but what an interrupted <see cref="Create(string)"/>, and puts of some objects, leave in it; an empty one does.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="isExpected">Whether an object may be there, by its name.</param>
    public static bool HoldsNothingBut(string path, Func<string, bool> isExpected)
    {
        // A folder of something else ends it at its first entry, however large it is.
        foreach (string entry in Directory.EnumerateFileSystemEntries(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            string name = Path.GetRelativePath(path, entry).Replace('\\', '/');

            // A disk that was just formatted has it at its top; what is in it is the repair's.
            if (name == LostAndFound ? (File.GetAttributes(entry) & (FileAttributes.Directory | FileAttributes.ReparsePoint)) == FileAttributes.Directory : name.StartsWith(LostAndFound + "/", StringComparison.Ordinal)) continue;
            if (!FixedFolders.Contains(name.Split('/')[0])) return false;
            FileAttributes attributes = File.GetAttributes(entry);

            // What a link leads to is somebody else's.
            if ((attributes & FileAttributes.ReparsePoint) != 0) return false;

            // Temporary files begin with a dot.
            if ((attributes & FileAttributes.Directory) == 0 && !name.StartsWith("tmp/.", StringComparison.Ordinal) && !isExpected(name)) return false;
        }

        return true;
    }

    /// <summary>Opens the store in a folder. Nothing is written.</summary>
    /// <exception cref="StoreException">There is no such folder (<see cref="StoreFailure.Unreachable"/>), or it cannot be opened.</exception>
    public static FolderObjectStore Open(string path) => Open(path, FolderPublishing.Unnamed);

    /// <summary>The same, with publishing by a fallback from the start.</summary>
    internal static FolderObjectStore Open(string path, FolderPublishing publishing) => new(FolderFiles.Open(path, create: false, publishing));

    public ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        return Call(() => !_files.ConfirmExists(name) && Put(name, content, replace: false, cancellationToken), cancellationToken);
    }

    public async ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        await Call(() =>
        {
            Put(name, content, replace: true, cancellationToken);
            _open.Drop(name);
            return true;
        }, cancellationToken);
    }

    public ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumLength);
        return Call(() => Get(name, maximumLength, cancellationToken), cancellationToken, reads: name);
    }

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return Call(() => Read(name, offset, destination.Span, cancellationToken), cancellationToken, reads: name);
    }

    public ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        return Call(() => IsOwnFolder(name) ? -1 : _files.GetLength(name), cancellationToken, reads: name);
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectName.CheckPrefix(prefix);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ListFolderAsync(prefix.TrimEnd('/'), read: null, cancellationToken);
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        await Call(() =>
        {
            _files.Delete(name);
            _open.Drop(name);
            return true;
        }, cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _open.Dispose();
        _files.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes a blocking call's outcome that of a task, so that a failure always reaches whoever awaits it.</summary>
    private ValueTask<T> Call<T>(Func<T> call, CancellationToken cancellationToken, string? reads = null)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_disposed, this);
            return ValueTask.FromResult(call());
        }
        catch (OperationCanceledException e) when (e.CancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(e.CancellationToken);
        }
        catch (StoreException e) when (reads is not null && UnavailableObject.Explains(e))
        {
            return ValueTask.FromException<T>(UnavailableObject.Unreadable(reads, e));
        }
        catch (Exception e)
        {
            return ValueTask.FromException<T>(e);
        }
    }

    private bool Put(string name, in ReadOnlySequence<byte> content, bool replace, CancellationToken cancellationToken)
    {
        for (int i = 0; i < PutAttempts; i++)
        {
            using PendingFile pending = _files.Begin(name, replace);
            foreach (ReadOnlyMemory<byte> segment in content)
            {
                for (ReadOnlyMemory<byte> rest = segment; !rest.IsEmpty;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, PieceLength)];
                    pending.Write(piece.Span);
                    rest = rest[piece.Length..];
                }
            }

            // From here on it is the whole object, or nothing; nobody can call it back.
            cancellationToken.ThrowIfCancellationRequested();
            switch (pending.Publish())
            {
                case PublishOutcome.Published:
                    return true;
                case PublishOutcome.Exists:
                    return false;
            }
        }

        throw new StoreException(StoreFailure.Transient, $"Cannot create '{name}' in '{Location}': its temporary file vanished each time.");
    }

    private byte[]? Get(string name, int maximumLength, CancellationToken cancellationToken)
    {
        if (IsOwnFolder(name)) return null;
        using SafeFileHandle? file = _files.OpenRead(name, out long length);
        if (file is null) return null;
        if (length > maximumLength)
        {
            throw UnavailableObject.TooLong(name, Location, length, maximumLength);
        }

        byte[] content = length == 0 ? [] : GC.AllocateUninitializedArray<byte>((int)length);
        int count = Fill(file, name, 0, content, cancellationToken);
        // Shorter than it was a moment ago: somebody damages it. What is left is what there is.
        return count == content.Length ? content : content[..count];
    }

    private int Read(string name, long offset, Span<byte> destination, CancellationToken cancellationToken)
    {
        if (IsOwnFolder(name)) return -1;
        SafeFileHandle? file = _open.Take(name);
        if (file is not null && _files.IsDeleted(file))
        {
            file.Dispose();
            file = null;
        }

        file ??= _files.OpenRead(name, out _);
        if (file is null) return -1;
        bool read = false;
        try
        {
            int count = Fill(file, name, offset, destination, cancellationToken);
            read = true;
            return count;
        }
        finally
        {
            if (read) _open.Give(name, file);
            else file.Dispose();
        }
    }

    private int Fill(SafeFileHandle file, string name, long offset, Span<byte> destination, CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < destination.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> piece = destination.Slice(filled, Math.Min(destination.Length - filled, PieceLength));
            // The end of the number range is far beyond the end of any file.
            if (offset > long.MaxValue - filled - piece.Length) break;
            int count = _files.Read(file, name, offset + filled, piece);
            if (count == 0) break;
            filled += count;
        }

        return filled;
    }

    private async IAsyncEnumerable<StoredObject> ListFolderAsync(string folder, IReadOnlyList<FolderEntry>? read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        List<FolderEntry> entries = [.. read ?? _files.ReadFolder(folder)];

        // Where this store puts objects and no folders, a folder is in an object's place.
        if (HoldsObjectsOnly(folder)) entries = entries.ConvertAll(static e => e.IsFolder ? new FolderEntry(e.Name, IsFolder: false, StoredObject.NoLength) : e);

        // By the whole name: a folder's objects all begin with its name and a slash, which comes after dash and dot.
        entries.Sort(static (a, b) => string.CompareOrdinal(a.IsFolder ? a.Name + "/" : a.Name, b.IsFolder ? b.Name + "/" : b.Name));
        foreach (FolderEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
            if (!entry.IsFolder)
            {
                if (ObjectName.IsValid(name)) yield return new StoredObject(name, entry.Length);
            }
            else if (ObjectName.IsValid(name + "/a"))
            {
                IReadOnlyList<FolderEntry>? below = TryReadFolder(name);
                if (below is null) yield return new StoredObject(name, StoredObject.NoLength);
                else if (below.Count > 0) await foreach (StoredObject item in ListFolderAsync(name, below, cancellationToken)) yield return item;
            }
        }
    }

    // No object is called so: what is there is rightly a folder.
    private static bool IsOwnFolder(string name) => !name.Contains('/', StringComparison.Ordinal) && FixedFolders.Contains(name);

    private static bool HoldsObjectsOnly(string folder) => folder.StartsWith("packs/", StringComparison.Ordinal) || (folder != "packs" && FixedFolders.Contains(folder));

    // One of many folders that cannot be read does not hide what is in the others.
    private IReadOnlyList<FolderEntry>? TryReadFolder(string folder)
    {
        try
        {
            return _files.ReadFolder(folder);
        }
        catch (StoreException e) when (UnavailableObject.Explains(e))
        {
            return null;
        }
    }
}
