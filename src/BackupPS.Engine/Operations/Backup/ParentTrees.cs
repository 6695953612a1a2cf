using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// The trees of the parent snapshot, for the walk's own thread. What cannot be read of them is no error of the backup: those files count as
/// new and are read again, which heals what the repository has lost.
/// </summary>
internal sealed class ParentTrees(TreeReader reader, Action<string>? onWarning, CancellationToken cancellationToken)
{
    /// <summary>Bytes of segments to keep at hand: a walk comes to a folder before those in it, and trees are stored the other way round, so that it goes back and forth between neighbours.</summary>
    public const long CacheLength = 8 * 1024 * 1024;

    private bool warned;

    /// <summary>The bytes of a tree's blob.</summary>
    /// <exception cref="BackupException">It cannot be read.</exception>
    public ReadOnlyMemory<byte> ReadBytes(BlobId tree)
    {
        ValueTask<ReadOnlyMemory<byte>> bytes = reader.ReadBytesAsync(tree, cancellationToken);
        return bytes.IsCompletedSuccessfully ? bytes.Result : bytes.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Whether the blobs that name an unchanged file's data are there, and the data: for files that are named by lists.</summary>
    public bool IsWhole(TreeEntry entry, Func<BlobId, bool> has)
    {
        try
        {
            bool lists = true;
            IReadOnlyList<BlobId> blobs = reader.ReadContentAsync(entry, list => lists &= has(list), cancellationToken).AsTask().GetAwaiter().GetResult();
            return lists && blobs.All(has);
        }
        catch (BackupException e)
        {
            Warn(e);
            return false;
        }
    }

    /// <summary>Tells, once, that something cannot be read.</summary>
    public void Warn(BackupException e)
    {
        if (!warned) onWarning?.Invoke($"A part of the parent snapshot cannot be read; the files concerned are read again. {e.Message}");
        warned = true;
    }
}
