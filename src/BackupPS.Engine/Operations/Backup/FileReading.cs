using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>A large file whose chunks several workers handle.</summary>
internal sealed class FileReading(FileJob job)
{
    private readonly Lock gate = new();
    private readonly List<BlobId> blobs = [];
    private int pending = 1;
    private TreeEntry? entry;

    public FileJob Job => job;

    /// <summary>A place for the next chunk.</summary>
    public int AddChunk()
    {
        lock (gate)
        {
            pending++;
            blobs.Add(default);
            return blobs.Count - 1;
        }
    }

    /// <summary>A chunk is stored.</summary>
    /// <returns>Whether that was the last thing to do.</returns>
    public bool SetChunk(int number, BlobId id)
    {
        lock (gate)
        {
            blobs[number] = id;
            return --pending == 0;
        }
    }

    /// <summary>All chunks are cut; <paramref name="result"/> is the entry without its content, or <see langword="null"/> when the file could not be read.</summary>
    /// <returns>Whether that was the last thing to do.</returns>
    public bool FinishReading(TreeEntry? result)
    {
        lock (gate)
        {
            entry = result;
            return --pending == 0;
        }
    }

    /// <summary>The entry and its blobs, once nothing is left to do.</summary>
    public (TreeEntry? Entry, IReadOnlyList<BlobId> Blobs) Result => (entry, blobs);
}
