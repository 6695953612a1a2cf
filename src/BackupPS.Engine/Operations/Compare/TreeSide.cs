using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>A folder of a snapshot, a page at a time.</summary>
/// <param name="trees">Reads trees.</param>
/// <param name="tree">The folder.</param>
internal sealed class TreeSide(TreeReader trees, BlobId tree) : IFolderSide
{
    private BlobId[] pages = [tree];
    private int nextPage;
    private bool listed;
    private List<TreeEntry> page = [];
    private int next;

    /// <inheritdoc/>
    public SourceFolder? Place => null;

    /// <summary>Passes over pages that two folders share, where both are about to begin one: pages are cut by names, so that those behind a change are the same again.</summary>
    public static async ValueTask SkipSharedAsync(TreeSide before, TreeSide after, CancellationToken cancellationToken)
    {
        while (before.next == before.page.Count && after.next == after.page.Count)
        {
            await before.ListAsync(cancellationToken);
            await after.ListAsync(cancellationToken);
            if (before.nextPage == before.pages.Length || after.nextPage == after.pages.Length || !before.pages[before.nextPage].Equals(after.pages[after.nextPage])) return;
            before.nextPage++;
            after.nextPage++;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TreeEntry?> NextAsync(CancellationToken cancellationToken)
    {
        await ListAsync(cancellationToken);
        while (next == page.Count)
        {
            if (nextPage == pages.Length) return null;
            BlobId id = pages[nextPage++];
            (List<TreeEntry>? entries, _) = await trees.ReadPageAsync(id, cancellationToken);
            page = entries ?? throw TreeReader.Damaged(id, "a list of pages inside a list of pages");
            next = 0;
        }

        return page[next++];
    }

    /// <inheritdoc/>
    public bool Omits(TreeEntry entry, string path) => false;

    /// <inheritdoc/>
    public IFolderSide? TryEnter(TreeEntry entry, string path) => new TreeSide(trees, entry.Subtree);

    /// <inheritdoc/>
    public void Dispose()
    {
        // It holds nothing but memory.
    }

    // What the folder's blob is: its only page, or the list of its pages.
    private async ValueTask ListAsync(CancellationToken cancellationToken)
    {
        if (listed) return;
        (List<TreeEntry>? entries, BlobId[]? list) = await trees.ReadPageAsync(tree, cancellationToken);
        listed = true;
        if (entries is null)
        {
            pages = list!;
            return;
        }

        page = entries;
        nextPage = 1;
    }
}
