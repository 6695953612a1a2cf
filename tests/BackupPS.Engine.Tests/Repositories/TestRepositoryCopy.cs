using System.Buffers;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>Stores a blob that the repository has already, as a second writer does that did not see the first, or a repacking.</summary>
internal sealed class TestRepositoryCopy(TestRepository test)
{
    public async Task StoreAgainAsync(byte[] content)
    {
        using var slabs = new SlabPool(long.MaxValue, static () => { });
        using var builder = new PackBuilder(test.Keys, BlobKind.Data, slabs, PackAssembler.PackLength);
        builder.Append(content, CodecId.None, content.Length, [new BlobEntry(test.Keys.ComputeId(BlobKind.Data, content), content.Length)]);
        PackDescription pack = builder.Complete(out ReadOnlySequence<byte> bytes);
        await test.Store.PutNewAsync(RepositoryLayout.Pack(pack.NameText), bytes, CancellationToken.None);
        string index = RepositoryLayout.Index(IdSource.Random.Next());
        await test.PutAsync(index, IndexLoader.Seal(test.Keys, index, [pack]));
    }
}
