using System.Security.Cryptography;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Content;

/// <summary>The content of single files.</summary>
public sealed class ContentTests
{
    private const int Seed = 20261121;

    private static Task<Stream> OpenAsync(TestBench bench, string snapshotId, string path, BackupEngine? engine = null) =>
        (engine ?? bench.Engine).OpenContentAsync(new ContentQuery { Repository = bench.Vault, SnapshotId = snapshotId, Path = path }, default);

    private static async Task<byte[]> ReadAsync(TestBench bench, string snapshotId, string path)
    {
        await using Stream content = await OpenAsync(bench, snapshotId, path);
        using var all = new MemoryStream();
        await content.CopyToAsync(all);
        return all.ToArray();
    }

    // One worker: the blobs of a file lie in the order of the file.
    private static async Task<(TestBench Bench, string SnapshotId)> BenchAsync(string script)
    {
        TestBench bench = await TestBench.CreateAsync(workers: 1);
        await Shell.RunAsync(script, bench.Source);
        return (bench, (await bench.BackupAsync()).SnapshotId);
    }

    [TreeFact]
    public async Task Every_file_reads_as_it_was_with_its_holes_and_under_each_of_its_names()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await EveryKind.MakeAsync(bench.Source);
        await Shell.RunAsync("rm -r modes", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int files = 0;
        await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = id, Recurse = true }, default))
        {
            if (item.Type != "File") continue;
            files++;
            string relative = Path.GetRelativePath(bench.Source, item.Path);
            await using Stream content = await OpenAsync(bench, id, item.Path);
            Assert.Equal(item.Size, content.Length);
            string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content));
            Assert.Equal(item.Size, content.Position);
            Assert.Equal(await HashOfAsync(bench, relative), hash);
        }

        Assert.True(files > 40, $"{files} files");
    }

    // By the system's tool: .NET cannot open every name.
    private static async Task<string> HashOfAsync(TestBench bench, string relative)
    {
        string name = string.Concat(PathText.ToBytes(relative).Select(static b => $"\\x{b:x2}"));
        return (await Shell.RunAsync($"sha256sum < $'./{name}'", bench.Source))[..64];
    }

    [Fact]
    public async Task Reads_of_any_length_after_seeks_to_anywhere_give_the_same_bytes()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 5000000 /dev/urandom > plain; truncate -s 9M sparse; for i in 1 3 4 8; do dd if=/dev/urandom of=sparse bs=1M count=1 seek=$i conv=notrunc status=none; done; cat plain plain sparse > joined");
        await using TestBench owned = bench;
        var random = new Random(Seed);
        byte[] buffer = new byte[3_000_000];
        foreach (string name in new[] { "plain", "sparse", "joined" })
        {
            byte[] expected = await File.ReadAllBytesAsync(Path.Join(bench.Source, name));
            await using Stream content = await OpenAsync(bench, id, Path.Join(bench.Source, name));
            for (int i = 0; i < 60; i++)
            {
                long start = random.NextInt64(expected.Length + 1);
                if (i % 3 == 0) content.Position = start;
                else if (i % 3 == 1) Assert.Equal(start, content.Seek(start - expected.Length, SeekOrigin.End));
                else start = content.Position;
                int wanted = 1 << random.Next(22);
                int read = await content.ReadAtLeastAsync(buffer.AsMemory(0, Math.Min(wanted, buffer.Length)), Math.Min(wanted, buffer.Length), throwOnEndOfStream: false);
                Assert.Equal(Math.Min(Math.Min(wanted, buffer.Length), expected.Length - start), read);
                Assert.True(buffer.AsSpan(0, read).SequenceEqual(expected.AsSpan((int)start, read)), $"{name} from {start} (seed {Seed})");
            }

            content.Position = expected.Length + 5L;
            Assert.Equal(0, await content.ReadAsync(buffer));
            Assert.Throws<ArgumentOutOfRangeException>(() => content.Position = -1);
            content.Position = 0;
            Assert.Equal(expected[0], content.ReadByte());
        }
    }

    [Fact]
    public async Task A_file_that_is_read_in_small_steps_has_each_segment_read_once()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 20000000 /dev/urandom > large");
        await using TestBench owned = bench;
        int whole = await ReadsAsync(4_000_000), steps = await ReadsAsync(5_000);

        // 20 MB in chunks of 1 MiB on average, of which none is larger than 4 MiB.
        Assert.InRange(whole, 5, 80);
        Assert.Equal(whole, steps);

        async Task<int> ReadsAsync(int step)
        {
            FaultyObjectStore? store = null;
            await using FolderObjectStore folder = FolderObjectStore.Open(bench.Vault);
            BackupEngine engine = bench.CreateEngine("home", _ => store = new FaultyObjectStore(folder));
            await using Stream content = await OpenAsync(bench, id, Path.Join(bench.Source, "large"), engine);
            byte[] buffer = new byte[step];
            while (await content.ReadAsync(buffer) > 0)
            {
            }

            return store!.Calls.Count(static c => c.Operation == StoreOperation.Read && c.Name.StartsWith("packs/", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_head_of_a_large_file_costs_one_blob()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 20000000 /dev/urandom > large");
        await using TestBench owned = bench;
        FaultyObjectStore? store = null;
        await using FolderObjectStore folder = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => store = new FaultyObjectStore(folder));
        await using Stream content = await OpenAsync(bench, id, Path.Join(bench.Source, "large"), engine);
        int before = store!.CallCount;
        Assert.Equal(100, await content.ReadAsync(new byte[100]));
        Assert.Equal(1, store.CallCount - before);
    }

    [Fact]
    public async Task Damage_is_the_error_of_a_restore_and_comes_after_the_bytes_before_it()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 9000000 /dev/urandom > large");
        await using TestBench owned = bench;
        string path = Path.Join(bench.Source, "large");
        byte[] expected = await File.ReadAllBytesAsync(path);
        string pack = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).MaxBy(static f => new FileInfo(f).Length)!;
        await using (FileStream file = File.Open(pack, FileMode.Open))
        {
            file.Position = file.Length / 2;
            file.WriteByte((byte)(file.ReadByte() ^ 1));
        }

        await bench.RestoreAsync(id, "out");
        string restored = Assert.Single(bench.Faults).Error.Id;
        await using Stream content = await OpenAsync(bench, id, path);
        using var read = new MemoryStream();
        BackupException error = await Assert.ThrowsAsync<BackupException>(() => content.CopyToAsync(read));
        Assert.Equal(("ObjectDamaged", restored, path), (error.Error.Id, error.Error.Id, error.Target));
        Assert.InRange(read.Length, 1, expected.Length - 1);
        Assert.True(expected.AsSpan().StartsWith(read.ToArray()));

        // Again, and behind it.
        Assert.Equal("ObjectDamaged", (await Assert.ThrowsAsync<BackupException>(() => content.ReadExactlyAsync(new byte[1]).AsTask())).Error.Id);
        content.Position = expected.Length - 10;
        byte[] tail = new byte[10];
        await content.ReadExactlyAsync(tail);
        Assert.Equal(expected[^10..], tail);
    }

    [Fact]
    public async Task A_pack_that_no_index_lists_is_found_as_in_a_restore()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 3000000 /dev/urandom > large");
        await using TestBench owned = bench;
        foreach (string index in Directory.GetFiles(bench.Vault + "/index")) File.Delete(index);
        string path = Path.Join(bench.Source, "large");
        Assert.Equal(await File.ReadAllBytesAsync(path), await ReadAsync(bench, id, path));
    }

    [Fact]
    public async Task Blobs_that_do_not_make_up_the_file_are_damage()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, static c => [c.File("fewer", "12345", size: 9), c.File("more", "12345", size: 3), c.File("none", "12345", size: 0)]);
        foreach (string name in new[] { "/fewer", "/more", "/none" })
        {
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => ReadAsync(bench, id, name));
            Assert.Equal(("ObjectDamaged", name), (error.Error.Id, error.Target));
        }
    }

    [Fact]
    public async Task What_has_no_content_or_is_not_there_is_an_error_with_the_path()
    {
        (TestBench bench, string id) = await BenchAsync("mkdir folder; ln -s target link; mkfifo fifo; echo x > file");
        await using TestBench owned = bench;
        foreach (string name in new[] { "folder", "link", "fifo" }) await FailsAsync("ItemNotFile", name);
        foreach (string name in new[] { "none", "file/below", "folder/\ud800" }) await FailsAsync("ItemNotFound", name);
        Assert.Equal("SnapshotNotFound", (await Assert.ThrowsAsync<BackupException>(() => OpenAsync(bench, new string('f', 32), "/x"))).Error.Id);
        Assert.Equal("InvalidArgument", (await Assert.ThrowsAsync<BackupException>(() => OpenAsync(bench, id, "file"))).Error.Id);

        async Task FailsAsync(string expected, string name)
        {
            string path = Path.Join(bench.Source, name);
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => OpenAsync(bench, id, path));
            Assert.Equal((expected, path), (error.Error.Id, error.Target));
        }
    }

    [Fact]
    public async Task A_snapshot_that_is_removed_meanwhile_is_the_reason_that_is_told()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 9000000 /dev/urandom > large");
        await using TestBench owned = bench;
        await using Stream content = await OpenAsync(bench, id, Path.Join(bench.Source, "large"));
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, id, null, default);
        foreach (string pack in Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories)) File.Delete(pack);
        Assert.Equal("SnapshotRemoved", (await Assert.ThrowsAsync<BackupException>(() => content.CopyToAsync(Stream.Null))).Error.Id);
    }

    [Fact]
    public async Task A_stream_that_is_closed_leaves_nothing_open_and_one_that_is_cancelled_can_go_on()
    {
        (TestBench bench, string id) = await BenchAsync("head -c 9000000 /dev/urandom > large");
        await using TestBench owned = bench;
        Stream content = await OpenAsync(bench, id, Path.Join(bench.Source, "large"));
        await content.ReadExactlyAsync(new byte[3_000_000]);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => content.ReadExactlyAsync(new byte[5_000_000], cancelled.Token).AsTask());
        Assert.Equal(3_000_000, content.Position);
        await content.ReadExactlyAsync(new byte[6_000_000]);
        await content.DisposeAsync();
        await content.DisposeAsync();

        // For a moment the repository stays open, for the next file.
        await bench.Engine.DisconnectRepositoryAsync(bench.Vault, default);
        for (int wait = 0; wait < 100 && OpenDescriptors.Below(bench.Vault).Count > 0; wait++) await Task.Delay(20);
        Assert.Empty(OpenDescriptors.Below(bench.Vault));
        Assert.False(content.CanRead);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => content.ReadExactlyAsync(new byte[1]).AsTask());
    }

    [Fact]
    public async Task A_file_in_a_folder_of_many_pages_is_found_by_a_few_of_them()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        string[] names = [.. Enumerable.Range(0, 60_000).Select(static i => $"{SHA256.HashData(BitConverter.GetBytes(i))[0]:x2}-a-name-of-some-length-{i:d6}\udcff").Order(StringComparer.Ordinal)];
        string id = await CraftedSnapshot.WriteAsync(bench, c => [c.Folder("large", [.. names.Select(n => CraftedSnapshot.Link(n, "t"))]), c.File("near", "x")]);
        await using FolderObjectStore folder = FolderObjectStore.Open(bench.Vault);
        int near = await ReadsAsync("/near", expected: null);
        foreach (int i in new[] { 0, 1, 30_000, 44_444, 59_999 })
        {
            // That it is no file is found out at the item itself.
            Assert.InRange(await ReadsAsync("/large/" + names[i], "ItemNotFile") - near, 1, 10);
            Assert.InRange(await ReadsAsync("/large/" + names[i] + "x", "ItemNotFound") - near, 1, 10);
        }

        async Task<int> ReadsAsync(string path, string? expected)
        {
            var store = new FaultyObjectStore(folder);
            await using BackupEngine engine = bench.CreateEngine("home", _ => store);
            Exception? error = await Record.ExceptionAsync(async () => await (await OpenAsync(bench, id, path, engine)).DisposeAsync());
            Assert.Equal(expected, (error as BackupException)?.Error.Id);
            return store.Calls.Count(static c => c.Operation == StoreOperation.Read && c.Name.StartsWith("packs/", StringComparison.Ordinal));
        }
    }
}
