using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Writes trees. Safe for any number of threads if <see cref="IBlobSaver"/> is.</summary>
internal sealed class TreeWriter(IBlobSaver saver, NameHash nameHash)
{
    // A page is cut by hash from 64 KiB on, and always at 1 MiB (DESIGN section 5).
    private const int SmallestPage = 64 * 1024, LargestPage = 1024 * 1024;

    // A file of up to 1024 blobs names them itself; of a longer one, lists of some 512 are shared with its earlier versions.
    private const int LongestDirectList = 1024, SmallestList = 128, LargestList = 2048;
    private const ulong ListCutMask = 511;

    /// <summary>Writes the tree of a folder.</summary>
    /// <param name="entries">Its items, sorted by the bytes of their names.</param>
    public BlobId WriteFolder(IReadOnlyList<TreeEntry> entries)
    {
        var body = new ByteWriter(Math.Min(entries.Count * 128, SmallestPage) + 128);
        var page = new ByteWriter(body.Length + 128);
        var names = new List<string>();
        var pages = new List<BlobId>();
        int count = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            TreePage.WriteEntry(body, names, entries[i]);
            count++;
            if (body.Length >= LargestPage || (body.Length >= SmallestPage && nameHash.EndsPage(entries[i].Name))) WritePage();
        }

        if (count > 0 || pages.Count == 0) WritePage();
        return pages.Count == 1 ? pages[0] : saver.Save(BlobKind.Tree, TreePage.EncodePageList(pages));

        void WritePage()
        {
            page.Clear();
            TreePage.WriteLeaf(page, names, count, body.Written);
            pages.Add(saver.Save(BlobKind.Tree, page.Written));
            body.Clear();
            names.Clear();
            count = 0;
        }
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
