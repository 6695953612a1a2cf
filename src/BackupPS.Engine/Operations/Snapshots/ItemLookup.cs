using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Finds items of a snapshot by the names that lead to them. It keeps a page of each folder that it came through last, for the neighbours. One call at a time.</summary>
/// <param name="trees">Reads the trees.</param>
/// <param name="root">Root tree.</param>
/// <param name="ignoresCase">Whether a name that is not there is looked for in other cases.</param>
internal sealed class ItemLookup(TreeReader trees, BlobId root, bool ignoresCase)
{
    // As deep as trees commonly are, so that a walk that comes back from a folder finds the one above it as it left it. A page is mostly far
    // below its largest, 1 MiB.
    private const int MostFolders = 16;

    private readonly LinkedList<(BlobId Tree, FolderLookup Folder)> recent = new();

    /// <summary>The item that these names lead to; <see langword="null"/> when there is none, and where there are no names.</summary>
    /// <exception cref="BackupException">A tree cannot be read.</exception>
    public async ValueTask<TreeEntry?> FindAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        TreeEntry? entry = null;
        BlobId tree = root;
        foreach (string text in names)
        {
            if (!IsFolder(entry) || !TryGetBytes(text, out byte[] name)) return null;
            FolderLookup folder = Open(tree);
            entry = await folder.FindAsync(name, cancellationToken);
            if (entry is null && ignoresCase) entry = await folder.FindIgnoringCaseAsync(text, cancellationToken);
            if (entry is null) return null;
            tree = entry.Subtree;
        }

        return entry;
    }

    /// <summary>The same from the pages that are at hand.</summary>
    /// <returns><see langword="false"/>: they do not tell.</returns>
    public bool TryFindAtHand(IReadOnlyList<string> names, out TreeEntry? entry)
    {
        entry = null;
        BlobId tree = root;
        foreach (string text in names)
        {
            if (!IsFolder(entry) || !TryGetBytes(text, out byte[] name))
            {
                entry = null;
                return true;
            }

            if (!Open(tree).TryFindAtHand(name, out entry)) return false;
            if (entry is null) return !ignoresCase;
            tree = entry.Subtree;
        }

        return true;
    }

    // Above the first name is the root.
    private static bool IsFolder(TreeEntry? entry) => entry is null || entry.Kind == ItemKind.Directory;

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
