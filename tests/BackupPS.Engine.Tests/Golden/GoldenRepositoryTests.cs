using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>What was written once stays readable, by the engine and by whoever has only FORMAT.md.</summary>
public sealed class GoldenRepositoryTests
{
    public static TheoryData<string> Names => [.. GoldenRepository.All.Select(static r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_engine_lists_what_was_listed_when_it_was_written(string name)
    {
        GoldenRepository golden = GoldenRepository.Find(name);
        foreach (RepositorySecret secret in Secrets(golden))
        {
            await using FolderObjectStore store = FolderObjectStore.Open(golden.Folder);
            Repository repository = await Repository.OpenAsync(store, secret, CancellationToken.None);
            Equal(golden, await EngineListing.ReadAsync(repository));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_reader_written_from_the_format_description_alone_lists_the_same(string name)
    {
        GoldenRepository golden = GoldenRepository.Find(name);
        if (golden.HasPassphrase) Equal(golden, new IndependentListing(new IndependentReader(golden.Folder, GoldenRepository.Passphrase, null)).Read());
        if (golden.HasKeyFile) Equal(golden, new IndependentListing(new IndependentReader(golden.Folder, null, GoldenRepository.KeyFile)).Read());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_byte_of_it_verifies(string name)
    {
        GoldenRepository golden = GoldenRepository.Find(name);
        using var home = new TemporaryFolder();
        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = home.Path, Workers = 2 });
        await engine.ConnectRepositoryAsync(null, golden.Folder, golden.Secret, CancellationToken.None);
        IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = golden.Folder, Level = "Data" }, RunCallbacks.None, CancellationToken.None);
        Assert.Empty(report.Damage);
        Assert.Equal("Passed", report.Status);
        Assert.Equal(3, report.SnapshotCount);
        Assert.True(report.BlobCount > 20);
    }

    [Fact]
    public async Task They_hold_every_form_that_the_format_has()
    {
        var codecs = new HashSet<(string, CodecId)>();
        bool pageList = false, contentList = false;
        foreach (GoldenRepository golden in GoldenRepository.All)
        {
            await using FolderObjectStore store = FolderObjectStore.Open(golden.Folder);
            Repository repository = await Repository.OpenAsync(store, golden.Secret, CancellationToken.None);
            BlobIndex index = await IndexLoader.LoadForReadingAsync(repository, scanPacks: false, onDamage: null, CancellationToken.None);
            codecs.UnionWith(index.Packs.SelectMany(static p => p.Segments).Select(s => (golden.Name, s.Codec)));
            using var blobs = new BlobReader(repository, index);
            var trees = new TreeReader(blobs);
            foreach (SnapshotState state in await new SnapshotStore(repository, TimeProvider.System).ListAsync(onDamage: null, CancellationToken.None))
            {
                TreeEntry srv = Assert.Single(await trees.ReadAllAsync(BlobId.Parse(state.Record.Root), CancellationToken.None));
                TreeEntry folder = Assert.Single(await trees.ReadAllAsync(srv.Subtree, CancellationToken.None));
                List<TreeEntry> entries = await trees.ReadAllAsync(folder.Subtree, CancellationToken.None);
                Assert.Equal(7, entries.Select(static e => e.Kind).Distinct().Count());
                contentList |= entries.Any(static e => e.ContentDepth > 0);
                foreach (TreeEntry below in entries.Where(static e => e.Kind == ItemKind.Directory)) pageList |= (await trees.ReadPageAsync(below.Subtree, CancellationToken.None)).Pages is not null;
            }
        }

        Assert.True(pageList);
        Assert.True(contentList);
        Assert.Equivalent(new[] { ("brotli", CodecId.None), ("brotli", CodecId.Brotli), ("plain", CodecId.None), ("zstd", CodecId.None), ("zstd", CodecId.Zstd) }, codecs, strict: true);
    }

    [Fact]
    public async Task The_generator_still_writes_what_both_readers_list_alike()
    {
        foreach (GoldenRepository golden in GoldenRepository.All)
        {
            using var folder = new TemporaryFolder();
            await using FolderObjectStore store = FolderObjectStore.Create(folder.Path);
            await GoldenGenerator.CreateAsync(golden, store);
            Repository repository = await Repository.OpenAsync(store, golden.Secret, CancellationToken.None);
            IEnumerable<string> engine = (await EngineListing.ReadAsync(repository)).SelectMany(static s => s.ToLines());
            var reader = new IndependentReader(folder.Path, golden.HasPassphrase ? GoldenRepository.Passphrase : null, golden.HasKeyFile ? GoldenRepository.KeyFile : null);
            Assert.Equal(engine, new IndependentListing(reader).Read().SelectMany(static s => s.ToLines()));

            // Items by number and kind, whatever their ids: what is committed and what the code writes today are the same.
            Assert.Equal(Items(await File.ReadAllLinesAsync(golden.ListingFile)), Items(engine));
        }
    }

    private static IEnumerable<string> Items(IEnumerable<string> lines) => lines.Where(static l => l.StartsWith("item", StringComparison.Ordinal));

    private static IEnumerable<RepositorySecret> Secrets(GoldenRepository golden)
    {
        if (golden.HasPassphrase) yield return RepositorySecret.FromPassphrase(GoldenRepository.Passphrase);

        // The same letter as two characters.
        if (golden.HasPassphrase) yield return RepositorySecret.FromPassphrase("golden passe\u0301");
        if (golden.HasKeyFile) yield return GoldenRepository.KeyFileSecret;
    }

    private static void Equal(GoldenRepository golden, IReadOnlyList<ListedSnapshot> listed)
    {
        string[] expected = File.ReadAllLines(golden.ListingFile);
        string[] found = [.. listed.SelectMany(static s => s.ToLines())];
        Assert.True(expected.Length > 80);
        Assert.Equal(expected, found);
    }
}
