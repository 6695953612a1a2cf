using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Opens folders by the names from a top folder down, following no link. The one that was opened last stays open: the next question is mostly for it.</summary>
internal sealed class FolderPath(IFolder top) : IDisposable
{
    private byte[][] segments = [];
    private IFolder? last;

    /// <summary>An open folder, until the next call; not to be disposed of.</summary>
    public IFolder Get(byte[][] path)
    {
        if (path.Length == 0) return top;
        if (last is not null && Same(path, segments)) return last;
        last?.Dispose();
        last = null;
        last = Open(path);
        segments = path;
        return last;
    }

    /// <summary>A handle for the caller, who disposes of it.</summary>
    /// <param name="path">At least one name.</param>
    public IFolder Open(byte[][] path)
    {
        IFolder opened = top;
        foreach (byte[] name in path)
        {
            try
            {
                IFolder below = opened.OpenFolder(name);
                if (!ReferenceEquals(opened, top)) opened.Dispose();
                opened = below;
            }
            catch
            {
                if (!ReferenceEquals(opened, top)) opened.Dispose();
                throw;
            }
        }

        return opened;
    }

    public void Dispose() => last?.Dispose();

    private static bool Same(byte[][] left, byte[][] right)
    {
        if (left.Length != right.Length) return false;
        for (int i = left.Length - 1; i >= 0; i--)
        {
            if (!left[i].AsSpan().SequenceEqual(right[i])) return false;
        }

        return true;
    }
}
