using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Writes the tree of one folder entry by entry, so that a folder of any size needs the memory of a page. To be used again after <see cref="Finish"/>.</summary>
internal sealed class FolderPages(IBlobSaver saver, NameHash nameHash)
{
    // A page is cut by hash from 64 KiB on, and always at 1 MiB (DESIGN section 5).
    private const int SmallestPage = 64 * 1024, LargestPage = 1024 * 1024;

    private readonly ByteWriter body = new(4096);
    private readonly ByteWriter page = new(4096);
    private readonly List<string> names = [];
    private readonly List<BlobId> pages = [];
    private int count;

    /// <summary>Bytes of memory that are held for the next folder.</summary>
    public int Capacity => body.Capacity + page.Capacity;

    /// <summary>Adds the next entry in the order of names.</summary>
    public void Add(TreeEntry entry)
    {
        TreePage.WriteEntry(body, names, entry);
        EndEntry(entry.Name);
    }

    /// <summary>Adds an entry of another tree as it is.</summary>
    public void Add(scoped ref TreePageReader entry)
    {
        body.WriteBytes(entry.BytesBeforeAccounts);
        body.WriteNumber((ulong)TreePage.NameIndex(names, entry.UserNameText));
        body.WriteNumber((ulong)TreePage.NameIndex(names, entry.GroupNameText));
        body.WriteBytes(entry.BytesAfterAccounts);
        EndEntry(entry.Name);
    }

    /// <summary>Saves what is left.</summary>
    /// <returns>The folder's blob.</returns>
    public BlobId Finish()
    {
        if (count > 0 || pages.Count == 0) SavePage();
        BlobId tree = pages.Count == 1 ? pages[0] : saver.Save(BlobKind.Tree, TreePage.EncodePageList(pages));
        pages.Clear();
        return tree;
    }

    private void EndEntry(ReadOnlySpan<byte> name)
    {
        count++;
        if (body.Length >= LargestPage || (body.Length >= SmallestPage && nameHash.EndsPage(name))) SavePage();
    }

    private void SavePage()
    {
        page.Clear();
        TreePage.WriteLeaf(page, names, count, body.Written);
        pages.Add(saver.Save(BlobKind.Tree, page.Written));
        body.Clear();
        names.Clear();
        count = 0;
    }
}
