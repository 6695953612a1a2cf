using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Finds sources that are empty and were not in the latest complete snapshot: mount points without their file system. Such a snapshot must not
/// pass for complete, or retention would in time remove every one that still has the content.
/// </summary>
internal sealed class EmptySourceCheck(TreeReader trees, FaultLog faults)
{
    /// <param name="sources">The sources, walked.</param>
    /// <param name="reference">The latest complete snapshot of the line; <see langword="null"/>: nothing is known, or a Full was asked for by name.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task RunAsync(SourceNode sources, SnapshotRecord? reference, CancellationToken cancellationToken)
    {
        if (reference is null) return;
        foreach (string path in sources.EmptyFolders())
        {
            if (await HadItemsAsync(BlobId.Parse(reference.Root), path, cancellationToken))
            {
                faults.Add(BackupError.SourceEmpty, path, $"the folder is empty, and was not in the snapshot {reference.Id}: its file system may not be mounted");
            }
        }
    }

    private async Task<bool> HadItemsAsync(BlobId tree, string path, CancellationToken cancellationToken)
    {
        try
        {
            foreach (string segment in SourcePath.Split(path))
            {
                byte[] name = PathText.ToBytes(segment);
                TreeEntry? entry = (await trees.ReadAllAsync(tree, cancellationToken)).Find(e => e.Name.AsSpan().SequenceEqual(name));
                if (entry is not { Kind: ItemKind.Directory }) return false;
                tree = entry.Subtree;
            }

            return (await trees.ReadAllAsync(tree, cancellationToken)).Count > 0;
        }
        catch (BackupException)
        {
            // A snapshot that cannot be read says nothing about the source.
            return false;
        }
    }
}
