using System.Text;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Tests.Crypto;
using BackupPS.Engine.Tests.Repositories.Trees;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Folders are written while their items come in, in whatever order workers finish.</summary>
public sealed class FolderNodeTests
{
    [Theory]
    [InlineData(21, 0)]
    [InlineData(22, 1)]
    [InlineData(23, 5000)]
    public void Items_that_come_in_any_order_give_the_tree_of_all_of_them_in_order(int seed, int count)
    {
        var random = new Random(seed);
        var blobs = new MemoryBlobs();
        var trees = new TreeWriter(blobs, new NameHash(FixedKeys.Set.Chunking));
        List<TreeEntry> all = new RandomTree(seed).Entries(count);
        var kept = new List<TreeEntry>();
        var completion = new Completion(trees);
        using var open = new OpenFolders();
        IFileSystem files = PlatformFileSystem.Create();
        var root = new FolderNode(null, null, new SourceFolder(files, open, "/"), default);
        root.BeginTree(trees.BeginFolder());
        var pending = new List<(int Slot, TreeEntry? Entry)>();
        foreach (TreeEntry entry in all)
        {
            switch (random.Next(4))
            {
                case 0:
                    root.Add(entry);
                    kept.Add(entry);
                    break;
                case 1:
                    pending.Add((root.Expect(), null));
                    break;
                default:
                    pending.Add((root.Expect(), entry));
                    kept.Add(entry);
                    break;
            }

            while (pending.Count > 300 || (pending.Count > 0 && random.Next(3) == 0))
            {
                int next = random.Next(pending.Count);
                root.Fill(pending[next].Slot, pending[next].Entry, completion);
                pending.RemoveAt(next);
            }
        }

        root.Release(completion);
        foreach ((int slot, TreeEntry? entry) in pending.OrderBy(_ => random.Next())) root.Fill(slot, entry, completion);
        Assert.Equal(trees.WriteFolder(kept), completion.Root);
        Assert.Equal(kept.Select(RandomTree.Describe), blobs.Entries(completion.Root!.Value).Select(RandomTree.Describe));
    }

    [Fact]
    public void A_folder_is_complete_when_those_below_it_are()
    {
        var blobs = new MemoryBlobs();
        var trees = new TreeWriter(blobs, new NameHash(FixedKeys.Set.Chunking));
        var completion = new Completion(trees);
        using var open = new OpenFolders();
        var root = new FolderNode(null, null, new SourceFolder(PlatformFileSystem.Create(), open, "/"), default);
        root.BeginTree(trees.BeginFolder());
        TreeEntry folder = Entry("folder", ItemKind.Directory), file = Entry("file", ItemKind.File);
        var inner = new FolderNode(root, folder, new SourceFolder(root.Place, folder.Name), default);
        inner.BeginTree(trees.BeginFolder());
        Assert.EndsWith("/folder/file", inner.PathOf("file"u8), StringComparison.Ordinal);
        int slot = inner.Expect();
        inner.Release(completion);
        root.Release(completion);
        Assert.Null(completion.Root);
        inner.Fill(slot, file, completion);
        TreeEntry saved = Assert.Single(blobs.Entries(completion.Root!.Value));
        Assert.Equal("file", Encoding.UTF8.GetString(Assert.Single(blobs.Entries(saved.Subtree)).Name));
    }

    private static TreeEntry Entry(string name, ItemKind kind) => new() { Name = Encoding.UTF8.GetBytes(name), Kind = kind };

    private sealed class Completion(TreeWriter trees) : IFolderCompletion
    {
        public BlobId? Root { get; private set; }

        public BlobId Complete(FolderNode node) => trees.EndFolder(node.Pages!);

        public void CompleteRoot(BlobId tree) => Root = tree;
    }
}
