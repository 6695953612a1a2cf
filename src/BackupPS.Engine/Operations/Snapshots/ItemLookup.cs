using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Finds items of a snapshot by their paths. It keeps a page of each folder that it came through last, for the neighbours. One call at a time.</summary>
/// <param name="trees">Reads the trees.</param>
/// <param name="root">Root tree.</param>
/// <param name="ignoresCase">Whether a name that is not there is looked for in other cases.</param>
internal sealed class ItemLookup(TreeReader trees, BlobId root, bool ignoresCase)
{
    // As deep as trees commonly are, so that a walk that comes back from a folder finds the one above it as it left it. A page is mostly far
    // below its largest, 1 MiB.
    private const int MostFolders = 16;

    private readonly LinkedList<(BlobId Tree, FolderLookup Folder)> recent = new();

    /// <summary>The item at an absolute path; <see langword="null"/> when there is none, and for the root of all paths.</summary>
    /// <exception cref="BackupException">The path is not absolute (<see cref="BackupError.InvalidArgument"/>), or a tree cannot be read.</exception>
    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        TreeEntry? entry = null;
        BlobId tree = root;
        foreach (string segment in SourcePath.Split(path))
        {
            if (entry is not null && entry.Kind != ItemKind.Directory) return null;
            FolderLookup folder = Open(tree);
            if (!TryGetBytes(segment, out byte[] name)) return null;
            entry = await folder.FindAsync(name, cancellationToken);
            if (entry is null && ignoresCase) entry = await folder.FindIgnoringCaseAsync(segment, cancellationToken);
            if (entry is null) return null;
            tree = entry.Subtree;
        }

        return entry;
    }

    private FolderLookup Open(BlobId tree)
    {
        for (LinkedListNode<(BlobId Tree, FolderLookup Folder)>? node = recent.First; node is not null; node = node.Next)
        {
            if (!node.Value.Tree.Equals(tree)) continue;
            recent.Remove(node);
            recent.AddFirst(node);
            return node.Value.Folder;
        }

        var folder = new FolderLookup(trees, tree);
        recent.AddFirst((tree, folder));
        if (recent.Count > MostFolders) recent.RemoveLast();
        return folder;
    }

    // A text that stands for no bytes is nobody's name.
    private static bool TryGetBytes(string segment, out byte[] name)
    {
        try
        {
            name = PathText.ToBytes(segment);
            return true;
        }
        catch (ArgumentException)
        {
            name = [];
            return false;
        }
    }
}
