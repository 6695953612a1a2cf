using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>
/// What a folder store asks of the system, once for each family of systems. Names are valid names of objects; every failure is a
/// <see cref="StoreException"/> with the path and the system's text. Calls block, may come from any thread, and do not look at clocks.
/// </summary>
internal abstract class FolderFiles : IDisposable
{
    protected FolderFiles(string path) => Path = path;

    /// <summary>The absolute path of the store's folder.</summary>
    public string Path { get; }

    /// <summary>The way that new objects are published here, as far as is known.</summary>
    public abstract FolderPublishing Publishing { get; }

    /// <summary>How many open files may be kept for later reads; 0 where an open file would hide or hinder its deletion.</summary>
    public abstract int OpenFileLimit { get; }

    /// <summary>Opens the files of an existing or (<paramref name="create"/>) of a new folder. Only with <paramref name="create"/> it writes.</summary>
    public static FolderFiles Open(string path, bool create, FolderPublishing publishing)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string absolute = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (OperatingSystem.IsWindows()) return new WindowsFolderFiles(absolute, create);
        if (OperatingSystem.IsLinux()) return new LinuxFolderFiles(absolute, create, publishing);
        if (OperatingSystem.IsMacOS()) return new MacFolderFiles(absolute, create, publishing);
        throw new PlatformNotSupportedException("A folder can be an object store on Linux, macOS and Windows.");
    }

    /// <summary>Makes folders, and those above them, durably and unless they are there.</summary>
    /// <param name="parent">The folder in which; empty for the store's own.</param>
    /// <param name="names">Single segments.</param>
    public abstract void CreateFolders(string parent, IEnumerable<string> names);

    /// <summary>Opens an object for reading; <see langword="null"/> when there is none.</summary>
    public abstract SafeFileHandle? OpenRead(string name, out long length);

    /// <summary>Whether an open object is no longer the one of its name.</summary>
    public abstract bool IsDeleted(SafeFileHandle file);

    /// <summary>Reads from an open object: 0 bytes only at its end.</summary>
    public abstract int Read(SafeFileHandle file, string name, long offset, Span<byte> destination);

    /// <summary>Length of an object in bytes, or -1 when there is none.</summary>
    public abstract long GetLength(string name);

    /// <summary>Whether there is an object of that name; if so, its name is durable when this returns.</summary>
    public abstract bool ConfirmExists(string name);

    /// <summary>What is in a folder (empty: the store's own), in no order; nothing when the folder is absent.</summary>
    public abstract IReadOnlyList<FolderEntry> ReadFolder(string folder);

    /// <summary>Begins to write an object.</summary>
    /// <param name="name">The object.</param>
    /// <param name="replace">Whether an object of that name is replaced.</param>
    public abstract PendingFile Begin(string name, bool replace);

    /// <summary>Deletes an object, durably; absence is no error.</summary>
    public abstract void Delete(string name);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>The path of a name in this store, for messages and for calls that take paths.</summary>
    protected string PathOf(string name) => name.Length == 0 ? Path : System.IO.Path.Join(Path, name);

    /// <summary>The folder of a name, empty for the store's own.</summary>
    public static string FolderOf(string name)
    {
        int slash = name.LastIndexOf('/');
        return slash < 0 ? "" : name[..slash];
    }

    /// <summary>The last segment of a name.</summary>
    public static string LeafOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>Something that is not a regular file stands where an object is expected.</summary>
    protected StoreException NotAnObject(string name) =>
        new(StoreFailure.Damaged, $"'{PathText.ToDisplay(PathOf(name))}' is not a regular file, as every object is. Links are not followed.");
}
