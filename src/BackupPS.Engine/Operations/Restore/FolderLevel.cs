using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// A folder on the way down a tree that is walked with a stack of its own: depth costs neither the thread's stack nor, but for a few
/// (<see cref="KeptDepth"/>), handles. One that was closed is opened again by its name, following no link. One thread.
/// </summary>
internal sealed class FolderLevel : IDisposable
{
    private readonly FolderLevel? above;
    private readonly byte[] name;
    private readonly int depth;
    private IFolder? folder;

    private FolderLevel(FolderLevel? above, byte[] name, IFolder folder, int depth)
    {
        this.above = above;
        this.name = name;
        this.folder = folder;
        this.depth = depth;
    }

    /// <summary>The topmost, which stays open. The handle is taken over.</summary>
    public static FolderLevel From(IFolder folder) => new(null, [], folder, 0);

    /// <summary>The open folder, until the walk goes on below it.</summary>
    public IFolder Folder
    {
        get
        {
            if (folder is not null) return folder;
            var way = new Stack<byte[]>();
            FolderLevel top = this;
            for (; top.folder is null; top = top.above!) way.Push(top.name);
            using var path = new FolderPath(top.folder);
            return folder = path.Open([.. way]);
        }
    }

    /// <summary>The walk goes on to a folder in this one. The handle is taken over.</summary>
    public FolderLevel Below(byte[] below, IFolder opened)
    {
        if (!KeptDepth.IsKept(depth)) Dispose();
        return new FolderLevel(this, below, opened, depth + 1);
    }

    public void Dispose()
    {
        folder?.Dispose();
        folder = null;
    }
}
