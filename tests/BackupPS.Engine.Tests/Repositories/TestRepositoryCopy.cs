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
        byte[] buffer = new byte[content.Length + 1000];
        using var builder = new PackBuilder(test.Keys, BlobKind.Data, buffer);
        builder.Append(content, CodecId.None, content.Length, [new BlobEntry(test.Keys.ComputeId(BlobKind.Data, content), content.Length)]);
        PackDescription pack = builder.Complete();
        await test.Store.PutNewAsync(RepositoryLayout.Pack(pack.NameText), new ReadOnlySequence<byte>(buffer, 0, (int)pack.Length), CancellationToken.None);
        string index = RepositoryLayout.Index(IdSource.Random.Next());
        await test.PutAsync(index, IndexLoader.Seal(test.Keys, index, [pack]));
    }
}
