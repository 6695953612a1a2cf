using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Writes trees. Safe for any number of threads if <see cref="IBlobSaver"/> is.</summary>
internal sealed class TreeWriter(IBlobSaver saver, NameHash nameHash)
{
    // Folders that are being written at the same time are the few that workers are busy with; larger buffers are left to the collector.
    private const int MaximumIdle = 64, MaximumIdleCapacity = 64 * 1024;

    // A file of up to 1024 blobs names them itself; of a longer one, lists of some 512 are shared with its earlier versions.
    private const int LongestDirectList = 1024, SmallestList = 128, LargestList = 2048;
    private const ulong ListCutMask = 511;

    private readonly Lock gate = new();
    private readonly Stack<FolderPages> idle = new();

    /// <summary>Writes the tree of a folder.</summary>
    /// <param name="entries">Its items, sorted by the bytes of their names.</param>
    public BlobId WriteFolder(IReadOnlyList<TreeEntry> entries)
    {
        FolderPages pages = BeginFolder();
        foreach (TreeEntry entry in entries) pages.Add(entry);
        return EndFolder(pages);
    }

    /// <summary>Begins the tree of a folder, whose entries are then added in the order of their names.</summary>
    public FolderPages BeginFolder()
    {
        lock (gate)
        {
            if (idle.TryPop(out FolderPages? pages)) return pages;
        }

        return new FolderPages(saver, nameHash);
    }

    /// <summary>Ends the tree of a folder.</summary>
    /// <returns>Its blob.</returns>
    public BlobId EndFolder(FolderPages pages)
    {
        BlobId tree = pages.Finish();
        if (pages.Capacity > MaximumIdleCapacity) return tree;
        lock (gate)
        {
            if (idle.Count < MaximumIdle) idle.Push(pages);
        }

        return tree;
    }

    /// <summary>Gives a file its blobs, by lists where there are many.</summary>
    public void SetContent(TreeEntry entry, IReadOnlyList<BlobId> blobs)
    {
        int depth = 0;
        while (blobs.Count > LongestDirectList)
        {
            var lists = new List<BlobId>();
            var list = new List<BlobId>();
            for (int i = 0; i < blobs.Count; i++)
            {
                list.Add(blobs[i]);
                bool cut = list.Count == LargestList || (list.Count >= SmallestList && (blobs[i].Bits & ListCutMask) == 0);
                if (!cut && i < blobs.Count - 1) continue;
                lists.Add(saver.Save(BlobKind.Tree, TreePage.EncodeContentList(list)));
                list.Clear();
            }

            blobs = lists;
            depth++;
        }

        entry.Content = [.. blobs];
        entry.ContentDepth = depth;
    }

    /// <summary>Gives an item its extended attributes.</summary>
    /// <exception cref="PlatformException">There are more of them than a blob holds.</exception>
    public void SetAttributes(TreeEntry entry, byte[] encoded)
    {
        if (encoded.Length > AttributeSet.MaximumLength) throw new PlatformException(PlatformFailure.NotSupported, $"its extended attributes have {encoded.Length} bytes, where {AttributeSet.MaximumLength} can be saved");
        if (encoded.Length <= AttributeSet.MaximumInlineLength) entry.Attributes = encoded;
        else entry.AttributeBlob = saver.Save(BlobKind.Tree, encoded);
    }
}
