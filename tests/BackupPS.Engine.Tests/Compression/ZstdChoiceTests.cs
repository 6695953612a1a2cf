using System.Runtime.InteropServices;
using System.Text;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Tests.Catalog;

namespace BackupPS.Engine.Tests.Compression;

public sealed class ZstdChoiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (string writer in ZstdWays.Here)
            {
                foreach (string reader in ZstdWays.Here) pairs.Add(writer, reader);
            }

            return pairs;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_zstd_reads_what_any_other_wrote(string writer, string reader)
    {
        using ICodec from = ZstdWays.Create(writer);
        using ICodec to = ZstdWays.Create(reader);
        foreach (byte[] raw in new[] { new byte[1], new byte[1 << 20], Text(100), Text(1 << 20), SplitMix.Bytes(9, 70_000), [.. Text(500_000), .. SplitMix.Bytes(2, 400_000)] })
        {
            byte[] compressed = new byte[raw.Length + 10_000];
            int length = from.Compress(raw, compressed);
            Assert.InRange(length, 1, compressed.Length);
            byte[] back = new byte[raw.Length];
            Assert.True(to.TryDecompress(compressed.AsSpan(0, length), back));
            Assert.Equal(raw, back);
        }
    }

    [Fact]
    public void All_of_them_compress_as_well()
    {
        byte[] raw = Prose(1 << 20);
        int[] lengths = [.. ZstdWays.Here.Select(way =>
        {
            using ICodec codec = ZstdWays.Create(way);
            return codec.Compress(raw, new byte[raw.Length]);
        })];
        Assert.InRange(lengths.Min(), raw.Length / 20, raw.Length / 2);
        Assert.InRange(lengths.Max(), lengths.Min(), lengths.Min() * 102 / 100);
    }

    [Fact]
    public void The_packaged_library_is_found_by_its_name()
    {
        if (ZstdWays.PackagedFile is not { } file) return;
        Assert.True(File.Exists(file), file);
        // On a system that is too old for it, it does not load by its path either.
        bool loads = NativeLibrary.TryLoad(file, out _);
        Assert.Equal(loads ? 10507 : null, ZstdLibrary.LoadPackaged()?.Version);
    }

    [LibraryFact("libzstd.so.1", "libzstd.1.dylib")]
    public void The_first_that_loads_is_taken_and_no_other_is_tried()
    {
        ZstdLibrary library = ZstdLibrary.LoadSystem()!;
        var tried = new List<int>();
        var sut = new ZstdChoice(() => Try(1, null), () => Try(2, library), () => Try(3, library));
        Assert.Empty(tried);
        using ICodec first = sut.CreateCodec();
        using ICodec second = sut.CreateCodec();
        Assert.IsType<ZstdCodec>(first);
        Assert.IsType<ZstdCodec>(second);
        Assert.Equal([1, 2], tried);

        ZstdLibrary? Try(int number, ZstdLibrary? result)
        {
            tried.Add(number);
            return result;
        }
    }

    [Fact]
    public void Where_none_loads_it_is_the_managed_one()
    {
        using ICodec codec = new ZstdChoice(() => ZstdLibrary.Load(Unloadable()), () => ZstdLibrary.Load(Path.Combine(_folder.Path, "absent"))).CreateCodec();
        Assert.IsType<ManagedZstdCodec>(codec);
    }

    [Fact]
    public void A_library_that_is_no_zstd_is_passed_over()
    {
        // It loads on every Linux that .NET runs on.
        if (!OperatingSystem.IsLinux()) return;
        Assert.True(NativeLibrary.TryLoad("libm.so.6", out _) || NativeLibrary.TryLoad("libc.so", out _));
        Assert.Null(ZstdLibrary.Load("libm.so.6"));
    }

    [Fact]
    public async Task On_the_usual_path_nothing_managed_is_loaded()
    {
        if (!ZstdWays.Here.Contains(ZstdWays.System) && !ZstdWays.Here.Contains(ZstdWays.Packaged)) return;
        var context = new StubbedLoadContext();
        Assert.Equal("ZstdCodec Zstd Complete Complete", await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.BackUpAsync), _folder.Path));
        Assert.True(context.HasLoaded("BackupPS.Engine"));
        Assert.False(context.HasLoaded("ZstdSharp"));
    }

    [Fact]
    public async Task Where_the_systems_is_refused_the_packaged_one_saves_and_restores()
    {
        if (OperatingSystem.IsWindows() || !ZstdWays.Here.Contains(ZstdWays.Packaged)) return;
        StubbedLoadContext context = Refusing(SystemNames);
        Assert.Equal("ZstdCodec Zstd Complete Complete", await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.BackUpAsync), _folder.Path));
        Assert.Equal(SystemNames, context.Asked);
        Assert.False(context.HasLoaded("ZstdSharp"));
        await AssertReadableHereAsync();
    }

    [Fact]
    public async Task Where_every_native_is_refused_the_managed_one_saves_and_restores()
    {
        StubbedLoadContext context = Refusing([.. SystemNames, "libzstd"]);
        Assert.Equal("ManagedZstdCodec Zstd Complete Complete", await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.BackUpAsync), _folder.Path));
        Assert.Equal([.. SystemNames, "libzstd"], context.Asked);
        Assert.True(context.HasLoaded("ZstdSharp"));
        await AssertReadableHereAsync();
    }

    private static string[] SystemNames => OperatingSystem.IsWindows() ? []
        : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
        : ["libzstd.so.1"];

    private StubbedLoadContext Refusing(string[] names)
    {
        var context = new StubbedLoadContext();
        foreach (string name in names) context.Stubs.Add(name, Unloadable());
        return context;
    }

    private string Unloadable()
    {
        string path = Path.Combine(_folder.Path, "unloadable");
        File.WriteAllText(path, "no library");
        return path;
    }

    // By the zstd that this process uses.
    private async Task AssertReadableHereAsync()
    {
        await using BackupEngine engine = StubbedRun.CreateEngine(Path.Combine(_folder.Path, "another-home"));
        IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = Path.Combine(_folder.Path, "vault"), Level = "Data" }, RunCallbacks.None, default);
        Assert.Equal(("Passed", 0), (report.Status, report.DamageCount));
    }

    private static byte[] Text(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 6) + 1).Select(static i => $"{i % 100_000:d6}")))[..length];

    // Words in an order of chance: as hard as text is.
    private static byte[] Prose(int length)
    {
        var random = new Random(17);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z' + 1))]))];
        var text = new StringBuilder();
        while (text.Length < length) text.Append(words[random.Next(random.Next(1, words.Length))]).Append(' ');
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
