using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>The index is the union of its objects, whatever happens to them.</summary>
public sealed class IndexLoaderTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task All_index_objects_together_are_the_index()
    {
        BlobId a = await StoreAsync(1), b = await StoreAsync(2);
        await test.PutAsync("index/later", [1]);
        BlobIndex index = await test.LoadIndexAsync();
        Assert.True(index.Contains(a) && index.Contains(b));
        Assert.Equal(2, index.Packs.Count);
        var absent = new HashSet<string> { index.Packs[0].Name };
        index = await IndexLoader.LoadAsync(test.Repository, absent, onDamage: null, CancellationToken.None);
        Assert.Single(index.Packs);
    }

    [Fact]
    public async Task An_object_that_was_replaced_between_listing_and_reading_is_listed_again()
    {
        BlobId a = await StoreAsync(1), b = await StoreAsync(2);
        IReadOnlyList<string> old = await test.NamesAsync(RepositoryLayout.Indexes);
        bool replaced = false;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (replaced || call.Operation != StoreOperation.Get || call.Name != old[1]) return FaultAction.None;
            replaced = true;
            ReplaceAsync(old).Wait();
            return FaultAction.None;
        });
        BlobIndex index = await IndexLoader.LoadAsync(test.Through(store), new HashSet<string>(), onDamage: null, CancellationToken.None);
        Assert.True(replaced);
        Assert.True(index.Contains(a) && index.Contains(b));
        Assert.Equal(2, index.Count);
    }

    [Fact]
    public async Task Large_index_objects_of_any_order_of_lengths_are_read_whole_and_one_that_is_gone_is_listed_again()
    {
        int[] blobs = [9000, 4000, 12_000, 10, 5000];
        for (int i = 0; i < blobs.Length; i++) await PutIndexAsync(i, blobs[i]);
        bool removed = false;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (removed || call.Operation != StoreOperation.Read || call.Name != IndexName(2)) return FaultAction.None;
            removed = true;
            test.Store.DeleteAsync(IndexName(2), CancellationToken.None).AsTask().Wait();
            return FaultAction.None;
        });
        BlobIndex index = await IndexLoader.LoadAsync(test.Through(store), new HashSet<string>(), onDamage: null, CancellationToken.None);
        Assert.True(removed);
        Assert.Equal(blobs.Sum() - blobs[2], index.Count);
        for (int i = 0; i < blobs.Length; i++)
        {
            for (int b = 0; b < blobs[i]; b++) Assert.Equal(i != 2, index.Contains(LargeId(i, b)));
        }
    }

    [Fact]
    public async Task A_large_index_object_that_is_not_as_long_as_it_was_listed_is_damaged_like_any_other()
    {
        await PutIndexAsync(0, 5000);
        await PutIndexAsync(1, 6000);
        byte[] bytes = (await test.Store.GetAsync(IndexName(1), int.MaxValue, CancellationToken.None))!;
        foreach (byte[] other in new[] { bytes[..^1], [.. bytes, 1] })
        {
            await test.Store.PutAsync(IndexName(1), new ReadOnlySequence<byte>(bytes), CancellationToken.None);
            var store = new FaultyObjectStore(test.Store, call =>
            {
                if (call.Operation == StoreOperation.Read && call.Name == IndexName(1)) test.Store.PutAsync(IndexName(1), new ReadOnlySequence<byte>(other), CancellationToken.None).AsTask().Wait();
                return FaultAction.None;
            });
            var damages = new List<BackupException>();
            BlobIndex index = await IndexLoader.LoadAsync(test.Through(store), new HashSet<string>(), damages.Add, CancellationToken.None);
            Assert.Equal(IndexName(1), Assert.Single(damages).Target);
            Assert.Equal(5000, index.Count);
        }
    }

    [Fact]
    public async Task An_index_that_never_stands_still_is_an_error_in_the_end()
    {
        await StoreAsync(1);
        string name = Assert.Single(await test.NamesAsync(RepositoryLayout.Indexes));
        byte[] bytes = (await test.Store.GetAsync(name, int.MaxValue, CancellationToken.None))!;
        var store = new FaultyObjectStore(test.Store, call =>
        {
            if (call.Operation == StoreOperation.Get) test.Store.DeleteAsync(name, CancellationToken.None).AsTask().Wait();
            if (call.Operation == StoreOperation.List) test.PutAsync(name, bytes).AsTask().Wait();
            return FaultAction.None;
        });
        var e = await Assert.ThrowsAsync<BackupException>(() => IndexLoader.LoadAsync(test.Through(store), new HashSet<string>(), onDamage: null, CancellationToken.None));
        Assert.Equal(BackupError.StoreUnreachable, e.Error);
    }

    [Fact]
    public async Task What_a_damaged_index_object_said_is_read_from_the_packs()
    {
        BlobId a = await StoreAsync(1), b = await StoreAsync(2);
        await test.PutAsync("packs/00/readme", [1]);
        foreach (string name in await test.NamesAsync(RepositoryLayout.Indexes)) await test.DamageAsync(name);
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(test.LoadIndexAsync)).Error);
        var damages = new List<BackupException>();
        BlobIndex index = await IndexLoader.LoadForReadingAsync(test.Repository, scanPacks: false, damages.Add, CancellationToken.None);
        Assert.Equal(2, damages.Count);
        using var blobs = new BlobReader(test.Repository, index);
        Assert.Equal(Content(1), (await blobs.ReadAsync(BlobKind.Data, a, CancellationToken.None)).ToArray());
        Assert.Equal(Content(2), (await blobs.ReadAsync(BlobKind.Data, b, CancellationToken.None)).ToArray());
    }

    [Fact]
    public async Task A_damaged_pack_beside_a_damaged_index_takes_only_its_own_blobs_along()
    {
        BlobId a = await StoreAsync(1), b = await StoreAsync(2);
        string pack = RepositoryLayout.Pack((await test.LoadIndexAsync()).Packs[0].Name);
        bool first = (await test.LoadIndexAsync()).TryFind(a, 0, out BlobLocation at) && at.Pack == 0;
        foreach (string name in await test.NamesAsync(RepositoryLayout.Indexes)) await test.DamageAsync(name);
        byte[] bytes = (await test.Store.GetAsync(pack, int.MaxValue, CancellationToken.None))!;
        await test.DamageAsync(pack, bytes.Length - 20);
        BlobIndex index = await IndexLoader.LoadForReadingAsync(test.Repository, scanPacks: false, onDamage: null, CancellationToken.None);
        Assert.Equal(!first, index.Contains(a));
        Assert.Equal(first, index.Contains(b));
    }

    [Fact]
    public async Task Hostile_index_objects_with_a_valid_seal_are_damage_and_nothing_else()
    {
        await StoreAsync(1);
        string name = Assert.Single(await test.NamesAsync(RepositoryLayout.Indexes));
        byte[] body = SealedObject.Open(test.Keys, SealedType.Index, name, (await test.Store.GetAsync(name, int.MaxValue, CancellationToken.None))!);
        var random = new Random(8);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = body[..random.Next(body.Length + 1)];
            for (int n = random.Next(1, 4); n > 0 && bad.Length > 0; n--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                foreach (PackDescription pack in IndexLoader.Open(test.Keys, name, SealedObject.Seal(test.Keys, SealedType.Index, name, bad))) new BlobIndex().Add(pack);
            }
            catch (BackupException e)
            {
                Assert.Equal(BackupError.ObjectDamaged, e.Error);
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 3000);
    }

    private static byte[] Content(int number) => SplitMix.Bytes((ulong)number, 5000);

    private static string IndexName(int number) => RepositoryLayout.Index(number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture));

    private static BlobId LargeId(int pack, int blob) => new(SplitMix.Bytes(((ulong)pack << 32) + (ulong)blob, BlobId.Length));

    // An index object of one pack, which nobody reads.
    private async Task PutIndexAsync(int number, int blobs)
    {
        BlobEntry[] entries = [.. Enumerable.Range(0, blobs).Select(b => new BlobEntry(LargeId(number, b), 5))];
        var pack = new PackDescription(SplitMix.Bytes((ulong)number, 32), new byte[32], BlobKind.Data, 1 << 20, [new SegmentContents(100, blobs * 5, BackupPS.Engine.Compression.CodecId.None, entries)]);
        await test.PutAsync(IndexName(number), IndexLoader.Seal(test.Keys, IndexName(number), [pack]));
    }

    private async Task<BlobId> StoreAsync(int number)
    {
        await using RepositoryWriter writer = await test.BeginAsync();
        using SegmentWriter segments = writer.CreateDataWriter();
        BlobId id = TestRepository.SaveData(writer, test.Keys, segments, Content(number));
        segments.Flush();
        await writer.FlushAsync();
        await writer.Session.EndAsync(CancellationToken.None);
        return id;
    }

    // As a rewriting of the index does: the union first, then what was read is deleted.
    private async Task ReplaceAsync(IReadOnlyList<string> old)
    {
        var packs = new List<PackDescription>();
        foreach (string name in old) packs.AddRange(IndexLoader.Open(test.Keys, name, (await test.Store.GetAsync(name, int.MaxValue, CancellationToken.None))!));
        string union = RepositoryLayout.Index(IdSource.Random.Next());
        await test.Store.PutNewAsync(union, new ReadOnlySequence<byte>(IndexLoader.Seal(test.Keys, union, packs)), CancellationToken.None);
        foreach (string name in old) await test.Store.DeleteAsync(name, CancellationToken.None);
    }
}
