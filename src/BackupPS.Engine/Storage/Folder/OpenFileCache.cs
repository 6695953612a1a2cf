using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>
/// Open files of objects that were read, least recently used first to go: a restore reads thousands of ranges of a few packs. A reader takes a
/// file out and gives it back, so that none is closed under a reader; two readers of one object have a file each.
/// </summary>
internal sealed class OpenFileCache(int limit) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Name, SafeFileHandle File)>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Name, SafeFileHandle File)> _byUse = new();
    private bool _disposed;

    /// <summary>Takes an object's file out; <see langword="null"/> when none is here.</summary>
    public SafeFileHandle? Take(string name)
    {
        lock (_lock)
        {
            if (!_byName.Remove(name, out LinkedListNode<(string Name, SafeFileHandle File)>? node)) return null;
            _byUse.Remove(node);
            return node.Value.File;
        }
    }

    /// <summary>Gives a file back, to be kept or closed.</summary>
    public void Give(string name, SafeFileHandle file)
    {
        SafeFileHandle? surplus = file;
        lock (_lock)
        {
            if (!_disposed && limit > 0 && !_byName.ContainsKey(name))
            {
                surplus = null;
                if (_byName.Count == limit)
                {
                    (string oldest, surplus) = _byUse.First!.Value;
                    _byUse.RemoveFirst();
                    _byName.Remove(oldest);
                }

                _byName.Add(name, _byUse.AddLast((name, file)));
            }
        }

        surplus?.Dispose();
    }

    /// <summary>Closes an object's file, so that its space is free once it is deleted.</summary>
    public void Drop(string name) => Take(name)?.Dispose();

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach ((_, SafeFileHandle file) in _byUse) file.Dispose();
            _byUse.Clear();
            _byName.Clear();
        }
    }
}
