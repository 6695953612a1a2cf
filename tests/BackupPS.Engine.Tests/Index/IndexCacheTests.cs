using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Index;

/// <summary>The index answers the same whatever is kept of it, and nothing that is damaged is believed.</summary>
public sealed class IndexCacheTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Folder => Path.Join(temporary.Path, "home", "cache", "repository");

    public void Dispose() => temporary.Dispose();

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_happens_to_objects_packs_and_cache_the_answers_are_those_of_the_objects(int seed)
    {
        var random = new Random(seed);
        var world = new IndexWorld(seed + 1000);

        // Small limits, so that everything that happens at millions happens here; checked whole or at first use.
        IndexLimits Limits() => new()
        {
            BufferedEntries = random.Next(20, 300),
            MemoryEntries = random.Next(0, 100),
            MemoryObjects = random.Next(1, 6),
            Runs = random.Next(1, 4),
            CheckedWhole = random.Next(2) == 0 ? 0 : long.MaxValue,
        };
        for (int step = 0; step < 60; step++)
        {
            int what = random.Next(12);
            if (what < 6) world.AddObject();
            else if (what == 6) world.ReplaceSome();
            else if (what == 7 && world.Objects.Count > 0) world.Objects.Remove(world.Objects.Keys.ElementAt(random.Next(world.Objects.Count)));
            else if (what == 8 && Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);

            HashSet<string> absent = [.. world.Packs.Where(_ => random.Next(6) == 0).Select(static p => p.NameText), "no pack's name", new string('0', 64)];
            var cache = new IndexCache(Folder, keeps: random.Next(5) > 0) { Limits = Limits() };
            try
            {
                if (what == 9 && Files() is [.. string[] files] && files.Length > 0)
                {
                    // A block that fails at its first use hides what is in it, for this once. It never makes anything up.
                    Flip(files[random.Next(files.Length)], random.NextInt64());
                    BlobIndex hurt = world.Load(cache, absent);
                    List<string> found = world.Found(hurt);
                    Assert.Equal(found.Count, found.Distinct().Count());
                    Assert.Subset(world.Expected(absent), found.ToHashSet());
                    hurt = world.Load(cache, absent);
                    world.AssertSame(hurt, absent);
                }
                else
                {
                    world.AssertSame(world.Load(cache, absent), absent);
                }

                Assert.InRange(Files().Length, 0, 5);
                Assert.Empty(Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.new") : []);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public void What_was_read_once_is_not_read_again()
    {
        var world = new IndexWorld(1);
        for (int i = 0; i < 20; i++) world.AddObject();
        int read = 0;
        world.Load(Cache(), onRead: _ => read++);
        Assert.Equal(20, read);
        world.AddObject();
        world.AssertSame(world.Load(Cache(), onRead: _ => read++));
        Assert.Equal(21, read);
        Assert.Single(Files());

        // One that is cut short, or was deleted, is not believed any more; the others are read anew.
        IndexObject victim = world.Objects.Keys.First();
        PackDescription[] packs = world.Objects[victim];
        world.Objects.Remove(victim);
        world.AssertSame(world.Load(Cache()));
        world.Objects.Add(victim, packs);
        world.AssertSame(world.Load(Cache()));
        world.Objects.Remove(victim);
        world.Objects.Add(victim with { StoredLength = victim.StoredLength - 1 }, []);
        world.AssertSame(world.Load(Cache()));
    }

    [Fact]
    public void No_changed_byte_of_a_file_is_believed()
    {
        var world = new IndexWorld(2);
        for (int i = 0; i < 40; i++) world.AddObject();
        world.Load(Cache());
        string file = Assert.Single(Files());
        byte[] whole = File.ReadAllBytes(file);
        world.AssertSame(Open(file, 0, out _)!);

        // Every byte of the header's fields, and one of each 97 elsewhere: packs, segments, directory, filter, entries, paddings and tags.
        var random = new Random(3);
        HashSet<string> expected = world.Expected();
        int unseen = 0;
        for (int at = 0; at < whole.Length; at += at < 100 ? 1 : random.Next(1, 194))
        {
            byte[] changed = [.. whole];
            changed[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, changed);
            Assert.True(Open(file, long.MaxValue, out _) is null, $"The change at {at} was not seen.");
            Assert.False(File.Exists(file) && at >= 100);

            // In a large file some blocks are checked only when they are used: then what is in them is not found.
            if (at % 31 != 0) continue;
            File.WriteAllBytes(file, changed);
            if (Open(file, 0, out IndexRun? run) is not { } index) continue;
            List<string> found = world.Found(index);
            Assert.Subset(expected, found.ToHashSet());
            Assert.Equal(run!.IsDamaged, !File.Exists(file));
            if (!run.IsDamaged)
            {
                // A tag of a block of the filter where no id that was asked for lies, or the like.
                Assert.Equal(expected.Count, found.Count);
                unseen++;
            }
        }

        Assert.InRange(unseen, 0, 10);
        for (int i = 0; i < 300; i++)
        {
            File.WriteAllBytes(file, whole[..random.Next(whole.Length)]);
            Assert.Null(Open(file, long.MaxValue, out _));
            File.WriteAllBytes(file, [.. whole, .. new byte[random.Next(1, 20_000)]]);
            Assert.Null(Open(file, long.MaxValue, out _));
        }

        // Blocks of zeros, as after a crash.
        for (int block = 0; block < whole.Length / BlockSeal.BlockLength; block++)
        {
            byte[] torn = [.. whole];
            torn.AsSpan(block * BlockSeal.BlockLength, BlockSeal.BlockLength).Clear();
            File.WriteAllBytes(file, torn);
            Assert.Null(Open(file, long.MaxValue, out _));
        }
    }

    [Fact]
    public void A_file_of_another_repository_is_not_believed()
    {
        var world = new IndexWorld(4);
        for (int i = 0; i < 20; i++) world.AddObject();
        world.Load(Cache());
        string file = Assert.Single(Files());
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file);
        Assert.NotNull(IndexRun.TryOpen(handle, file, IndexWorld.Keys, 0));
        Assert.Null(IndexRun.TryOpen(handle, file, KeySet.Create(new byte[16]), 0));
    }

    [Fact]
    public void What_must_not_change_a_byte_reads_the_cache_and_leaves_it_as_it_is()
    {
        var world = new IndexWorld(5);
        for (int i = 0; i < 20; i++) world.AddObject();
        world.AssertSame(world.Load(Cache().ReadOnly()));
        Assert.False(Directory.Exists(Path.Join(temporary.Path, "home")));
        world.Load(Cache());
        byte[] kept = File.ReadAllBytes(Assert.Single(Files()));
        for (int i = 0; i < 20; i++) world.AddObject();
        int read = 0;
        world.AssertSame(world.Load(Cache().ReadOnly(), onRead: _ => read++));
        Assert.Equal(20, read);
        Assert.Equal(kept, File.ReadAllBytes(Assert.Single(Files())));
    }

    [Fact]
    public void Only_the_owner_can_look_into_the_cache()
    {
        if (OperatingSystem.IsWindows()) return;
        var world = new IndexWorld(6);
        for (int i = 0; i < 20; i++) world.AddObject();
        world.Load(Cache());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Files())));
        for (string folder = Folder; folder != temporary.Path; folder = Path.GetDirectoryName(folder)!) Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
    }

    [Fact]
    public void Where_the_home_folder_cannot_be_written_the_index_is_the_same()
    {
        if (OperatingSystem.IsWindows()) return;
        var world = new IndexWorld(7);
        for (int i = 0; i < 60; i++) world.AddObject();
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, (UnixFileMode)0b101_101_101);
        UnprivilegedThread.Run(() => world.AssertSame(world.Load(Cache(bufferedEntries: 100))));
        Assert.Empty(Directory.GetFiles(Folder));

        // A file where the folder should be, and a full disk, as far as a test can have one.
        Directory.Delete(Folder);
        File.WriteAllText(Folder, "");
        world.AssertSame(world.Load(Cache(bufferedEntries: 100)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(59)]
    public void Where_files_cannot_be_written_any_more_the_rest_stays_in_memory(int after)
    {
        var world = new IndexWorld(12);
        for (int i = 0; i < 60; i++) world.AddObject();
        string place = Directory.CreateDirectory(Path.Join(temporary.Path, "place")).FullName;
        var cache = new IndexCache(folder: null, keeps: false) { TemporaryFolder = place, Limits = new IndexLimits { BufferedEntries = 50 } };
        int read = 0;
        world.AssertSame(world.Load(cache, onRead: _ =>
        {
            if (read++ == after) Directory.Delete(place);
        }));
    }

    [Fact]
    public void What_a_killed_process_left_is_cleared_away_and_what_a_living_one_writes_is_not()
    {
        var world = new IndexWorld(8);
        Directory.CreateDirectory(Folder);
        string left = Path.Join(Folder, "index-left.new"), open = Path.Join(Folder, "index-open.new");
        File.WriteAllText(left, "left");
        using (new FileStream(open, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            for (int i = 0; i < 20; i++) world.AddObject();
            world.Load(Cache());
            Assert.False(File.Exists(left));
            Assert.True(File.Exists(open));
        }
    }

    [Fact]
    public void A_file_that_another_process_is_just_finishing_is_left_to_it()
    {
        var world = new IndexWorld(15);
        for (int i = 0; i < 20; i++) world.AddObject();
        world.Load(Cache());
        string file = Assert.Single(Files());
        using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            world.AssertSame(world.Load(Cache()));
            Assert.Contains(file, Files());
        }
    }

    [Fact]
    public void A_process_that_is_killed_leaves_nothing_in_the_temporary_folder()
    {
        if (OperatingSystem.IsWindows()) return;
        var world = new IndexWorld(16);
        for (int i = 0; i < 20; i++) world.AddObject();
        string place = Directory.CreateDirectory(Path.Join(temporary.Path, "place")).FullName;
        var cache = new IndexCache(folder: null, keeps: false) { TemporaryFolder = place };
        string[] named = ["not called"];
        cache.TryCreate(IndexWorld.Keys, keep: false, _ => named = Directory.GetFiles(place));
        Assert.Empty(named);
    }

    [Fact]
    public void Runs_stay_few_however_often_the_index_grows()
    {
        var world = new IndexWorld(9);
        long written = 0;
        for (int i = 0; i < 300; i++)
        {
            world.AddObject();
            string[] before = Files();
            world.Load(Cache(memoryObjects: 1));
            written += Files().Except(before).Sum(static f => new FileInfo(f).Length);
            Assert.InRange(Files().Length, 1, 6);
        }

        // With a rewriting of everything each time it would be some 150 times what there is in the end.
        world.AssertSame(world.Load(Cache()));
        Assert.InRange(written, 1, 70 * Files().Sum(static f => new FileInfo(f).Length));
    }

    [Fact]
    public void Index_objects_are_read_and_refused_exactly_as_by_the_other_reader()
    {
        var world = new IndexWorld(10);
        for (int i = 0; i < 5; i++) world.AddObject();
        var random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 5_000; i++)
        {
            byte[] body = world.Body(world.Objects.Keys.ElementAt(random.Next(5)));
            byte[] bad = body[..(random.Next(3) == 0 ? random.Next(body.Length + 1) : body.Length)];
            for (int n = random.Next(0, 3); n > 0 && bad.Length > 0; n--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            string name = RepositoryLayout.Index(new string('0', 32));
            PackDescription[]? packs = null;
            try
            {
                packs = [.. IndexLoader.Open(IndexWorld.Keys, name, SealedObject.Seal(IndexWorld.Keys, SealedType.Index, name, bad))];
            }
            catch (BackupException)
            {
                refused++;
            }

            var read = new IndexWorld(0);
            IndexObject item = read.Add(packs ?? []);
            var builder = new IndexBuilder(IndexWorld.Keys, IndexCache.None, [item]);
            Exception? failure = Record.Exception(() => builder.Add(item, bad));
            Assert.Equal(packs is null, failure is InvalidDataException);
            BlobIndex index = builder.Complete(new HashSet<string>(), CancellationToken.None);
            if (packs is null) Assert.Equal((0, 0), (index.Count, index.Packs.Count));
            else if (i % 10 == 0) read.AssertSame(index);
        }

        Assert.InRange(refused, 1000, 4000);
    }

    [Fact]
    public async Task Threads_and_processes_may_use_one_cache_at_once()
    {
        Task<(int ExitCode, string Output, string Error)>[] children = [.. Enumerable.Range(0, 3).Select(i => ChildProcess.RunAsync(ChildProcess.CommandLine(IndexChild.Task, Folder, $"{i}")))];
        foreach ((int exitCode, _, string error) in await Task.WhenAll(children)) Assert.True(exitCode == 0, error);
        Assert.InRange(Files().Length, 1, 6);
        Assert.Empty(Directory.GetFiles(Folder, "*.new"));
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 25)];

    private IndexCache Cache(int memoryObjects = 16, int bufferedEntries = 256 * 1024) => new(Folder, keeps: true) { Limits = new IndexLimits { MemoryObjects = memoryObjects, BufferedEntries = bufferedEntries } };

    private string[] Files() => Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.run") : [];

    private static BlobIndex? Open(string file, long checkedWhole, out IndexRun? run)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(file, share: FileShare.ReadWrite | FileShare.Delete);
        run = IndexRun.TryOpen(handle, file, IndexWorld.Keys, checkedWhole);
        return run is null ? null : new BlobIndex([run]);
    }

    private static void Flip(string file, long at)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = at % stream.Length;
        int value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 1));
    }
}
