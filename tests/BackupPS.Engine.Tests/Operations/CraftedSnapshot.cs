using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>Writes snapshots that no backup would make: what somebody with the key, or a defect, could have put there.</summary>
internal sealed class CraftedSnapshot(Repository repository, RepositoryWriter writer)
{
    private readonly TreeWriter trees = new(writer, new NameHash(repository.Keys.Chunking));

    /// <summary>Writes one.</summary>
    /// <returns>Its id.</returns>
    public static async Task<string> WriteAsync(TestBench bench, Func<CraftedSnapshot, IReadOnlyList<TreeEntry>> root)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        var session = new SessionRecord { HostName = "h", HostId = "i", UserName = "u", ProcessId = 1, PolicyName = "", Started = DateTime.UnixEpoch };
        await using RepositoryWriter writer = await RepositoryWriter.BeginAsync(repository, session, IdSource.Random, TimeProvider.System, null, default);
        var crafted = new CraftedSnapshot(repository, writer);
        BlobId tree = crafted.trees.WriteFolder(root(crafted));
        await writer.FlushAsync();
        var record = new SnapshotRecord
        {
            Id = writer.Session.Id,
            Time = DateTime.UtcNow,
            HostName = "h",
            HostId = "i",
            UserName = "u",
            PolicyName = "",
            Source = ["/crafted"],
            Type = "Full",
            Status = "Complete",
            ParentId = "",
            PredecessorId = "",
            Sequence = 1,
            Root = tree.ToString(),
            Program = "test",
        };
        await writer.Session.CommitAsync(record, default);
        await writer.Session.EndAsync(default);
        return record.Id;
    }

    public TreeEntry File(string name, string content, uint mode = 0x1A4, uint owner = 0, ulong inode = 0, ulong device = 0, long? size = null, byte[]? attributes = null)
    {
        byte[] bytes = PathText.ToBytes(content);
        BlobId id = repository.Keys.ComputeId(BlobKind.Data, bytes);
        using (SegmentWriter segments = writer.CreateDataWriter())
        {
            if (writer.TryClaim(id, bytes.Length)) segments.Add(id, bytes);
            segments.Flush();
        }

        return new TreeEntry { Name = PathText.ToBytes(name), Kind = ItemKind.File, Mode = mode, UserId = owner, GroupId = owner, Size = size ?? bytes.Length, Content = [id], Inode = inode, LinkDevice = device, Attributes = attributes ?? [] };
    }

    public TreeEntry Folder(string name, params TreeEntry[] items) =>
        new() { Name = PathText.ToBytes(name), Kind = ItemKind.Directory, Mode = 0x1ED, Subtree = trees.WriteFolder(items) };

    public static TreeEntry Link(string name, string target) =>
        new() { Name = PathText.ToBytes(name), Kind = ItemKind.SymbolicLink, Mode = 0x1FF, LinkTarget = PathText.ToBytes(target) };

    public static TreeEntry Device(string name, uint major, uint minor) =>
        new() { Name = PathText.ToBytes(name), Kind = ItemKind.CharacterDevice, Mode = 0x1B6, NodeMajor = major, NodeMinor = minor };
}
