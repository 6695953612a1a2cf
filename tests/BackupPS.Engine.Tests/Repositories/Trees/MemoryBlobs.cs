using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Repositories.Trees;

/// <summary>Saves tree blobs in memory.</summary>
internal sealed class MemoryBlobs : IBlobSaver
{
    public Dictionary<BlobId, byte[]> Blobs { get; } = [];

    public BlobId Save(BlobKind kind, ReadOnlySpan<byte> content)
    {
        Assert.Equal(BlobKind.Tree, kind);
        BlobId id = FixedKeys.Set.ComputeId(kind, content);
        Blobs[id] = content.ToArray();
        return id;
    }

    /// <summary>The pages of a folder.</summary>
    public BlobId[] Pages(BlobId folder) => TreePage.DecodePage(Blobs[folder]).Pages ?? [folder];

    /// <summary>All entries of a folder.</summary>
    public List<TreeEntry> Entries(BlobId folder) => [.. Pages(folder).SelectMany(p => TreePage.DecodePage(Blobs[p]).Entries!)];

    /// <summary>The ids of a file's data, lists resolved.</summary>
    public List<BlobId> Content(TreeEntry file)
    {
        List<BlobId> ids = [.. file.Content];
        for (int depth = file.ContentDepth; depth > 0; depth--) ids = [.. ids.SelectMany(i => TreePage.DecodeContentList(Blobs[i]))];
        return ids;
    }
}
