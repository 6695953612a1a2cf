using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Repositories;

/// <summary>Goes through all blobs that a snapshot needs.</summary>
internal static class SnapshotBlobs
{
    /// <summary>Goes through them. A folder is visited before what is in it.</summary>
    /// <param name="trees">Reads trees.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="visit">Told of each blob, as often as it is met. Of a folder, or a page of one, it says whether to go into it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">A tree cannot be read: <see cref="BackupError.BlobMissing"/>, <see cref="BackupError.ObjectMissing"/> or <see cref="BackupError.ObjectDamaged"/>.</exception>
    public static async Task VisitAsync(TreeReader trees, SnapshotRecord snapshot, Func<BlobId, bool> visit, CancellationToken cancellationToken)
    {
        var open = new Stack<BlobId>();
        Enter(BlobId.Parse(snapshot.Root));
        while (open.TryPop(out BlobId tree))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (List<TreeEntry>? entries, BlobId[]? pages) = await trees.ReadPageAsync(tree, cancellationToken);
            if (entries is null)
            {
                foreach (BlobId page in pages!) Enter(page);
                continue;
            }

            foreach (TreeEntry entry in entries)
            {
                if (!entry.AttributeBlob.IsZero) visit(entry.AttributeBlob);
                if (entry.Kind == ItemKind.Directory) Enter(entry.Subtree);
                else if (entry.ContentDepth > 0) foreach (BlobId id in await trees.ReadContentAsync(entry, list => visit(list), cancellationToken)) visit(id);
                else foreach (BlobId id in entry.Content) visit(id);
            }
        }

        void Enter(BlobId tree)
        {
            if (visit(tree)) open.Push(tree);
        }
    }
}
