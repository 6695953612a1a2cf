using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// The trees of the parent snapshot, for the walk's own thread. What cannot be read of them is no error of the backup: those files count as
/// new and are read again, which heals what the repository has lost.
/// </summary>
internal sealed class ParentTrees(TreeReader reader, Action<string>? onWarning, CancellationToken cancellationToken)
{
    private bool warned;

    /// <summary>Items of a folder; none where the tree cannot be read.</summary>
    public IReadOnlyList<TreeEntry> Read(BlobId tree)
    {
        try
        {
            return reader.ReadAllAsync(tree, cancellationToken).GetAwaiter().GetResult();
        }
        catch (BackupException e)
        {
            Warn(e);
            return [];
        }
    }

    /// <summary>Whether every blob that an unchanged item needs is there: its data, the lists that name it, and its attributes.</summary>
    public bool IsWhole(TreeEntry entry, Func<BlobId, bool> has)
    {
        if (!entry.AttributeBlob.IsZero && !has(entry.AttributeBlob)) return false;
        if (entry.ContentDepth == 0) return Array.TrueForAll(entry.Content, id => has(id));
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

    private void Warn(BackupException e)
    {
        if (!warned) onWarning?.Invoke($"A part of the parent snapshot cannot be read; the files concerned are read again. {e.Message}");
        warned = true;
    }
}
