using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// A folder of the sources: where it is, and its handle while somebody needs one. A folder in which nothing has changed is never opened but to
/// be scanned. It is opened by its name in the folder above it, without following a link.
/// </summary>
internal sealed class SourceFolder
{
    // Folders on the way to one that is opened are opened too. Of a usual tree they stay open for its neighbours; of a very deep one every 16th,
    // so that neither handles nor calls grow with its depth.
    private const int UsualDepth = 32, KeptDepths = 16;

    private readonly IFileSystem fileSystem;
    private readonly OpenFolders registry;
    private readonly SourceFolder? above;
    private readonly byte[] name;
    private readonly string? path;
    private readonly int depth;
    private readonly Lock gate = new();
    private IFolder? open;

    /// <summary>A folder that is opened by its path, following links as the system does: a source, or one above it.</summary>
    public SourceFolder(IFileSystem fileSystem, OpenFolders registry, string path)
    {
        this.fileSystem = fileSystem;
        this.registry = registry;
        this.path = path;
        name = [];
    }

    /// <summary>A folder in another.</summary>
    public SourceFolder(SourceFolder above, byte[] name)
    {
        fileSystem = above.fileSystem;
        registry = above.registry;
        this.above = above;
        this.name = name;
        depth = above.depth + 1;
    }

    public int Depth => depth;

    /// <summary>Whether it is one of those that stay open while others below it are.</summary>
    public bool IsKept => depth < UsualDepth || depth % KeptDepths == 0;

    /// <summary>Absolute path. Put together on demand: only rules, faults and progress want it.</summary>
    public string Path
    {
        get
        {
            var names = new List<byte[]>();
            SourceFolder top = this;
            for (; top.path is null; top = top.above!) names.Add(top.name);
            if (names.Count == 0) return top.path;
            var text = new StringBuilder(top.path);
            for (int i = names.Count - 1; i >= 0; i--)
            {
                if (text.Length > 0 && text[^1] != '/') text.Append('/');
                text.Append(PathText.FromBytes(names[i]));
            }

            return text.ToString();
        }
    }

    /// <summary>Absolute path of an item in it.</summary>
    public string PathOf(ReadOnlySpan<byte> item) => SourcePath.Join(Path, PathText.FromBytes(item));

    /// <summary>The folder, opened if it is not. It stays open until <see cref="Close"/>.</summary>
    /// <exception cref="PlatformException">It, or one above it, cannot be opened.</exception>
    public IFolder Open()
    {
        lock (gate)
        {
            if (open is not null) return open;
        }

        var way = new List<SourceFolder>();
        SourceFolder top = this;
        while (top.path is null && top.Opened is null)
        {
            way.Add(top);
            top = top.above!;
        }

        IFolder at = top.Keep(null);
        bool passing = false;
        try
        {
            for (int i = way.Count - 1; i >= 0; i--)
            {
                bool kept = i == 0 || way[i].IsKept;
                IFolder next = kept ? way[i].Keep(at) : at.OpenFolder(way[i].name);
                if (passing) at.Dispose();
                at = next;
                passing = !kept;
            }
        }
        catch
        {
            if (passing) at.Dispose();
            throw;
        }

        return at;
    }

    /// <summary>Takes over a handle.</summary>
    public void Adopt(IFolder folder)
    {
        lock (gate) open = folder;
        registry.Add(this);
    }

    /// <summary>Closes it, if it is open. It can be opened again.</summary>
    public void Close()
    {
        IFolder? closing;
        lock (gate)
        {
            closing = open;
            open = null;
        }

        if (closing is null) return;
        registry.Remove(this);
        closing.Dispose();
    }

    private IFolder? Opened
    {
        get
        {
            lock (gate) return open;
        }
    }

    private IFolder Keep(IFolder? at)
    {
        lock (gate)
        {
            if (open is not null) return open;
            open = path is not null ? fileSystem.OpenFolder(path) : at!.OpenFolder(name);
            registry.Add(this);
            return open;
        }
    }
}
