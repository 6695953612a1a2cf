using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Goes through a folder of the parent snapshot once, page by page.</summary>
/// <param name="trees">The parent's trees; <see langword="null"/>: there is no parent, and the folder has nothing in it.</param>
/// <param name="tree">The folder; zero: it has nothing in it.</param>
internal sealed class ParentFolder(ParentTrees? trees, BlobId tree)
{
    private BlobId[]? pages;
    private BlobId page;
    private int next = -1;

    /// <summary>Whether something in it could not be read: what came up to there is all that there is of it.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next entry; from page to page.</summary>
    /// <param name="reader">The page; at first, the default.</param>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext(ref TreePageReader reader)
    {
        if (trees is null || IsBroken || tree.IsZero) return false;
        try
        {
            // The pages of large folders are seldom empty, but may be.
            while (next < 0 || !reader.Read())
            {
                if (!TryReadPage(out ReadOnlyMemory<byte> bytes)) return false;
                reader = new TreePageReader(bytes.Span);
            }

            return true;
        }
        catch (InvalidDataException e)
        {
            Break(TreeReader.Damaged(page, e.Message));
        }
        catch (BackupException e)
        {
            Break(e);
        }

        return false;
    }

    /// <summary>Whether the folder's blobs, once it was gone through, are all there.</summary>
    public bool IsWhole(IWalkTarget target) => !IsBroken && target.Has(tree) && (pages is null || Array.TrueForAll(pages, target.Has));

    private bool TryReadPage(out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (next < 0)
        {
            page = tree;
            bytes = trees!.ReadBytes(tree);
            next = 0;
            if (!TreePage.IsPageList(bytes.Span)) return true;
            pages = TreePage.DecodePageList(bytes.Span);
        }

        if (pages is null || next >= pages.Length) return false;
        page = pages[next++];
        bytes = trees!.ReadBytes(page);
        return true;
    }

    private void Break(BackupException e)
    {
        IsBroken = true;
        trees!.Warn(e);
    }
}
