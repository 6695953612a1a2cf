using System.Security.Cryptography;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>Lists a repository through the engine.</summary>
internal static class EngineListing
{
    public static async Task<IReadOnlyList<ListedSnapshot>> ReadAsync(Repository repository)
    {
        BlobIndex index = await IndexLoader.LoadForReadingAsync(repository, scanPacks: false, onDamage: null, CancellationToken.None);
        using var blobs = new BlobReader(repository, index);
        var trees = new TreeReader(blobs);
        var listed = new List<ListedSnapshot>();
        foreach (SnapshotState state in await new SnapshotStore(repository, TimeProvider.System).ListAsync(onDamage: null, CancellationToken.None))
        {
            var items = new List<ListedItem>();
            await ListAsync(blobs, trees, BlobId.Parse(state.Record.Root), [(byte)'/'], items);
            listed.Add(new ListedSnapshot
            {
                Id = state.Record.Id,
                Time = state.Record.Time,
                Type = state.Record.Type,
                Status = state.Record.Status,
                PolicyName = state.Record.PolicyName,
                HostName = state.Record.HostName,
                ParentId = state.Record.ParentId,
                PredecessorId = state.Record.PredecessorId,
                Sequence = state.Record.Sequence,
                Source = [.. state.Record.Source.Select(static s => PathText.ToBytes(PathText.Unescape(s)))],
                Tag = state.Tag,
                Hold = state.Hold,
                Items = items,
            });
        }

        return listed;
    }

    private static async Task ListAsync(BlobReader blobs, TreeReader trees, BlobId tree, byte[] path, List<ListedItem> items)
    {
        await foreach (TreeEntry entry in trees.ReadFolderAsync(tree, CancellationToken.None))
        {
            byte[] itemPath = [.. path, .. entry.Name];
            items.Add(new ListedItem
            {
                Path = itemPath,
                Kind = (int)entry.Kind,
                Flags = (entry.Racy ? 1UL : 0) | (entry.Ancestor ? 2UL : 0) | (entry.IsHardLinked ? 4UL : 0) | (entry.Extents is not null ? 8UL : 0)
                    | (entry.Attributes.Length > 0 ? 16UL : 0) | (entry.AttributeBlob.IsZero ? 0 : 32UL),
                Mode = entry.Mode,
                UserId = entry.UserId,
                GroupId = entry.GroupId,
                UserName = entry.UserName,
                GroupName = entry.GroupName,
                Modified = (entry.Modified.Seconds, entry.Modified.Nanoseconds),
                Changed = (entry.Changed.Seconds, entry.Changed.Nanoseconds),
                Inode = entry.Inode,
                LinkDevice = entry.LinkDevice,
                WindowsAttributes = entry.WindowsAttributes,
                Size = entry.Size,
                ContentHash = entry.Kind == ItemKind.File ? await HashAsync(blobs, trees, entry) : [],
                Ranges = entry.Extents?.Select(static e => (e.Offset, e.Length)).ToList(),
                Target = entry.LinkTarget,
                Node = (entry.NodeMajor, entry.NodeMinor),
                Attributes = [.. (await trees.ReadAttributesAsync(entry, CancellationToken.None)).Select(static a => (a.Name, a.Value))],
            });
            if (entry.Kind == ItemKind.Directory) await ListAsync(blobs, trees, entry.Subtree, [.. itemPath, (byte)'/'], items);
        }
    }

    private static async Task<byte[]> HashAsync(BlobReader blobs, TreeReader trees, TreeEntry file)
    {
        using var joined = new MemoryStream();
        foreach (BlobId id in await trees.ReadContentAsync(file, onList: null, CancellationToken.None))
        {
            joined.Write((await blobs.ReadAsync(BlobKind.Data, id, CancellationToken.None)).Span);
        }

        if (file.Extents is null)
        {
            Assert.Equal(file.Size, joined.Length);
            return SHA256.HashData(joined.GetBuffer().AsSpan(0, (int)joined.Length));
        }

        byte[] content = new byte[file.Size];
        int position = 0;
        foreach (FileExtent extent in file.Extents)
        {
            joined.GetBuffer().AsSpan(position, (int)extent.Length).CopyTo(content.AsSpan((int)extent.Offset));
            position += (int)extent.Length;
        }

        Assert.Equal(position, joined.Length);
        return SHA256.HashData(content);
    }
}
