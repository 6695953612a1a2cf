using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// Finds items of one folder by their names. Of a folder of many pages it reads those that a search by halves comes to, and keeps the last, in which
/// the next neighbour is found.
/// </summary>
internal sealed class FolderLookup(TreeReader trees, BlobId tree)
{
    private BlobId[] pages = [];
    private byte[]?[] firstNames = [];
    private List<TreeEntry> page = [];
    private int current = -1;

    /// <summary>The item of that name; <see langword="null"/> when there is none.</summary>
    public async ValueTask<TreeEntry?> FindAsync(byte[] name, CancellationToken cancellationToken)
    {
        if (pages.Length == 0) await BeginAsync(cancellationToken);
        if (TryFindAtHand(name, out TreeEntry? entry)) return entry;

        // The last page that does not begin behind the name.
        int low = 0, high = pages.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (Compare(await FirstNameAsync(middle, cancellationToken), name) <= 0) low = middle;
            else high = middle - 1;
        }

        await ReadAsync(low, cancellationToken);
        return FindInPage(name);
    }

    /// <summary>The same from the page that is at hand.</summary>
    /// <returns><see langword="false"/>: it does not tell.</returns>
    public bool TryFindAtHand(byte[] name, out TreeEntry? entry)
    {
        bool tells = current >= 0 && (pages.Length == 1 || (Compare(page[0].Name, name) <= 0 && Compare(name, page[^1].Name) <= 0));
        entry = tells ? FindInPage(name) : null;
        return tells;
    }

    /// <summary>The first item whose name is the same but for its case; <see langword="null"/> when there is none. Reads the whole folder.</summary>
    public async ValueTask<TreeEntry?> FindIgnoringCaseAsync(string name, CancellationToken cancellationToken)
    {
        await foreach (TreeEntry entry in trees.ReadFolderAsync(tree, cancellationToken))
        {
            if (PathText.FromBytes(entry.Name).Equals(name, StringComparison.OrdinalIgnoreCase)) return entry;
        }

        return null;
    }

    private static int Compare(byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y);

    private TreeEntry? FindInPage(byte[] name)
    {
        int from = 0, to = page.Count - 1;
        while (from <= to)
        {
            int middle = (from + to) / 2;
            int order = Compare(page[middle].Name, name);
            if (order == 0) return page[middle];
            if (order < 0) from = middle + 1;
            else to = middle - 1;
        }

        return null;
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        (List<TreeEntry>? entries, BlobId[]? list) = await trees.ReadPageAsync(tree, cancellationToken);
        if (entries is null)
        {
            if (list!.Length == 0) throw TreeReader.Damaged(tree, "a list of no pages");
            firstNames = new byte[]?[list.Length];
            pages = list;
            return;
        }

        pages = [tree];
        page = entries;
        current = 0;
    }

    private async ValueTask<byte[]> FirstNameAsync(int number, CancellationToken cancellationToken)
    {
        if (firstNames[number] is null) await ReadAsync(number, cancellationToken);
        return firstNames[number]!;
    }

    private async ValueTask ReadAsync(int number, CancellationToken cancellationToken)
    {
        if (current == number) return;
        (List<TreeEntry>? entries, _) = await trees.ReadPageAsync(pages[number], cancellationToken);
        if (entries is null) throw TreeReader.Damaged(pages[number], "a list of pages inside a list of pages");
        if (entries.Count == 0) throw TreeReader.Damaged(pages[number], "an empty page in a list of pages");
        page = entries;
        current = number;
        firstNames[number] = entries[0].Name;
    }
}
