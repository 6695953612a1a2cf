using System.Runtime.CompilerServices;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Reads trees.</summary>
internal sealed class TreeReader(BlobReader blobs)
{
    /// <summary>Items of a folder, in the order of their names, a page at a time.</summary>
    public async IAsyncEnumerable<TreeEntry> ReadFolderAsync(BlobId tree, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (List<TreeEntry>? entries, BlobId[]? pages) = await ReadPageAsync(tree, cancellationToken);
        if (entries is not null)
        {
            foreach (TreeEntry entry in entries) yield return entry;
            yield break;
        }

        foreach (BlobId page in pages!)
        {
            (entries, _) = await ReadPageAsync(page, cancellationToken);
            if (entries is null) throw Damaged(page, "a list of pages inside a list of pages");
            foreach (TreeEntry entry in entries) yield return entry;
        }
    }

    /// <summary>All items of a folder.</summary>
    public async Task<List<TreeEntry>> ReadAllAsync(BlobId tree, CancellationToken cancellationToken)
    {
        (List<TreeEntry>? entries, _) = await ReadPageAsync(tree, cancellationToken);
        if (entries is not null) return entries;
        entries = [];
        await foreach (TreeEntry entry in ReadFolderAsync(tree, cancellationToken)) entries.Add(entry);
        return entries;
    }

    /// <summary>The bytes of a page, or of a list of pages, proved by their id.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(BlobId page, CancellationToken cancellationToken) => blobs.ReadAsync(BlobKind.Tree, page, cancellationToken);

    /// <summary>A page: entries, or a list of pages.</summary>
    public async ValueTask<(List<TreeEntry>? Entries, BlobId[]? Pages)> ReadPageAsync(BlobId page, CancellationToken cancellationToken)
    {
        using BlobLease bytes = await blobs.OpenAsync(BlobKind.Tree, page, cancellationToken);
        try
        {
            return TreePage.DecodePage(bytes.Span);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(page, e.Message);
        }
    }

    /// <summary>The blobs of a file's data, lists resolved. Every list blob that is passed is told to <paramref name="onList"/>.</summary>
    public async ValueTask<IReadOnlyList<BlobId>> ReadContentAsync(TreeEntry file, Action<BlobId>? onList, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlobId> ids = file.Content;
        for (int depth = file.ContentDepth; depth > 0; depth--)
        {
            var next = new List<BlobId>();
            foreach (BlobId list in ids)
            {
                onList?.Invoke(list);
                using BlobLease bytes = await blobs.OpenAsync(BlobKind.Tree, list, cancellationToken);
                try
                {
                    next.AddRange(TreePage.DecodeContentList(bytes.Span));
                }
                catch (InvalidDataException e)
                {
                    throw Damaged(list, e.Message);
                }
            }

            ids = next;
        }

        return ids;
    }

    /// <summary>The extended attributes of an item.</summary>
    public async ValueTask<IReadOnlyList<ExtendedAttribute>> ReadAttributesAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = entry.AttributeBlob.IsZero ? entry.Attributes : await blobs.ReadAsync(BlobKind.Tree, entry.AttributeBlob, cancellationToken);
        try
        {
            return AttributeSet.Decode(bytes.Span);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(entry.AttributeBlob, e.Message);
        }
    }

    /// <summary>What a blob of a tree is that its id proves, and that is none all the same.</summary>
    public static BackupException Damaged(BlobId id, string how) => new(BackupError.ObjectDamaged, $"The tree blob {id} is authentic, but is not what it should be: {how}.", id.ToString());
}
