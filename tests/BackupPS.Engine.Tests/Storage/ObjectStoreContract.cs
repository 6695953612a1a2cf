using System.Buffers;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>The contract of <see cref="IObjectStore"/>, which every kind of store passes: derive from it and say how to open one.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private const int Any = int.MaxValue;

    private IObjectStore? _store;

    private protected IObjectStore Store => _store!;

    /// <summary>Opens the test's store, which is empty at first. A second call opens the same objects once more, as another process would.</summary>
    private protected abstract IObjectStore Open();

    public virtual Task InitializeAsync()
    {
        _store = Open();
        return Task.CompletedTask;
    }

    public virtual async Task DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
    }

    [Fact]
    public async Task What_was_put_is_got_back_whole()
    {
        byte[] content = Bytes(100_000, seed: 1);
        Assert.True(await Store.PutNewAsync("packs/ab/one", Sequence(content), default));

        Assert.Equal(content, await Store.GetAsync("packs/ab/one", content.Length, default));
        Assert.Equal(content.Length, await Store.GetLengthAsync("packs/ab/one", default));
    }

    [Fact]
    public async Task What_was_put_is_seen_by_another_opening_of_the_store()
    {
        await Store.PutNewAsync("index/a", Sequence([1, 2, 3]), default);

        await using IObjectStore other = Open();
        Assert.Equal(new byte[] { 1, 2, 3 }, await other.GetAsync("index/a", Any, default));
    }

    [Fact]
    public async Task The_store_keeps_a_copy_of_its_own()
    {
        byte[] content = [1, 2, 3];
        await Store.PutNewAsync("keys/a", Sequence(content), default);
        content[0] = 9;
        (await Store.GetAsync("keys/a", Any, default))![1] = 9;

        Assert.Equal(new byte[] { 1, 2, 3 }, await Store.GetAsync("keys/a", Any, default));
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        Assert.True(await Store.PutNewAsync("retired/a.swept", ReadOnlySequence<byte>.Empty, default));

        Assert.Empty((await Store.GetAsync("retired/a.swept", 0, default))!);
        Assert.Equal(0, await Store.GetLengthAsync("retired/a.swept", default));
        Assert.Equal(0, await Store.ReadAsync("retired/a.swept", 0, new byte[10], default));
        Assert.Equal([new StoredObject("retired/a.swept", 0)], await ListAsync("retired/"));
    }

    [Fact]
    public async Task A_large_object_of_many_segments_is_stored_in_order()
    {
        byte[] content = Bytes((40 << 20) + 17, seed: 2);
        var parts = new List<ReadOnlyMemory<byte>> { ReadOnlyMemory<byte>.Empty };
        // A long one of several pieces, then many short ones, with an empty one between.
        parts.Add(content.AsMemory(0, 20 << 20));
        parts.Add(ReadOnlyMemory<byte>.Empty);
        for (int at = 20 << 20; at < content.Length; at += 999_983) parts.Add(content.AsMemory(at, Math.Min(999_983, content.Length - at)));
        Assert.True(await Store.PutNewAsync("packs/00/large", Segments.Of([.. parts]), default));

        byte[] got = (await Store.GetAsync("packs/00/large", Any, default))!;
        Assert.True(content.AsSpan().SequenceEqual(got));
        byte[] range = new byte[9 << 20];
        Assert.Equal(range.Length, await Store.ReadAsync("packs/00/large", 13_000_001, range, default));
        Assert.True(content.AsSpan(13_000_001, range.Length).SequenceEqual(range));
    }

    [Theory]
    [InlineData(0, 100, 100)]
    [InlineData(0, 10, 10)]
    [InlineData(40, 20, 20)]
    [InlineData(90, 20, 10)]
    [InlineData(99, 1, 1)]
    [InlineData(100, 1, 0)]
    [InlineData(101, 5, 0)]
    [InlineData(50, 0, 0)]
    [InlineData(long.MaxValue, 5, 0)]
    [InlineData(int.MaxValue + 5L, 5, 0)]
    public async Task A_range_ends_where_the_object_ends(long offset, int asked, int expected)
    {
        byte[] content = Bytes(100, seed: 3);
        await Store.PutNewAsync("packs/01/range", Sequence(content), default);

        byte[] buffer = new byte[asked];
        Assert.Equal(expected, await Store.ReadAsync("packs/01/range", offset, buffer, default));
        if (expected > 0) Assert.Equal(content[(int)offset..((int)offset + expected)], buffer[..expected]);
        Assert.All(buffer[expected..], b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task What_is_not_there_is_an_answer_and_no_error()
    {
        Assert.Null(await Store.GetAsync("packs/ff/none", Any, default));
        Assert.Null(await Store.GetAsync("unknown/folder/none", Any, default));
        Assert.Null(await Store.GetAsync("packs", Any, default));
        Assert.Equal(-1, await Store.GetLengthAsync("packs/ff/none", default));
        Assert.Equal(-1, await Store.GetLengthAsync("packs", default));
        Assert.Equal(-1, await Store.ReadAsync("packs/ff/none", 0, new byte[1], default));
        Assert.Equal(-1, await Store.ReadAsync("packs/ff/none", 5, Memory<byte>.Empty, default));
        Assert.Equal(-1, await Store.ReadAsync("packs", 0, new byte[1], default));
        await Store.DeleteAsync("packs/ff/none", default);
        await Store.DeleteAsync("unknown/folder/none", default);
        await Store.DeleteAsync("packs", default);
        Assert.Empty(await ListAsync("unknown/"));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task An_object_in_a_folder_of_any_name_can_be_put()
    {
        Assert.True(await Store.PutNewAsync("a/b-1/c.2/d", Sequence([7]), default));
        Assert.True(await Store.PutNewAsync("repository.json", Sequence([8]), default));

        Assert.Equal([new("a/b-1/c.2/d", 1), new("repository.json", 1)], await ListAsync(""));
    }

    [Fact]
    public async Task An_object_longer_than_expected_is_refused()
    {
        await Store.PutNewAsync("keys/long", Sequence(new byte[101]), default);

        BackupException refused = await Assert.ThrowsAsync<BackupException>(async () => await Store.GetAsync("keys/long", 100, default));
        Assert.Equal((true, "keys/long"), (refused.IsUnavailable, refused.Target));
        Assert.Equal(101, (await Store.GetAsync("keys/long", 101, default))!.Length);
    }

    [Fact]
    public async Task A_second_creator_changes_nothing()
    {
        Assert.True(await Store.PutNewAsync("snapshots/s", Sequence([1]), default));
        Assert.False(await Store.PutNewAsync("snapshots/s", Sequence([2, 2]), default));

        Assert.Equal(new byte[] { 1 }, await Store.GetAsync("snapshots/s", Any, default));
    }

    [Fact]
    public async Task A_replaced_object_is_the_new_one_for_every_reader()
    {
        await using IObjectStore other = Open();
        byte[] buffer = new byte[4];
        await Store.PutNewAsync("snapshots/s", Sequence([1, 2, 3, 4]), default);
        // Both have read it, and may hold it open.
        Assert.Equal(4, await Store.ReadAsync("snapshots/s", 0, buffer, default));
        Assert.Equal(4, await other.ReadAsync("snapshots/s", 0, buffer, default));

        await Store.PutAsync("snapshots/s", Sequence([5, 6]), default);

        foreach (IObjectStore store in new[] { Store, other })
        {
            Assert.Equal(new byte[] { 5, 6 }, await store.GetAsync("snapshots/s", Any, default));
            Assert.Equal(2, await store.ReadAsync("snapshots/s", 0, buffer, default));
            Assert.Equal([5, 6], buffer[..2]);
            Assert.Equal(2, await store.GetLengthAsync("snapshots/s", default));
        }

        Assert.Equal([new("snapshots/s", 2)], await ListAsync(""));
    }

    [Fact]
    public async Task Replacing_what_is_not_there_creates_it()
    {
        await Store.PutAsync("snapshots/t", Sequence([5]), default);

        Assert.Equal(new byte[] { 5 }, await Store.GetAsync("snapshots/t", Any, default));
    }

    [Fact]
    public async Task A_deleted_object_is_gone_for_every_reader_and_its_name_is_free()
    {
        await using IObjectStore other = Open();
        byte[] buffer = new byte[1];
        await Store.PutNewAsync("packs/02/a", Sequence([1]), default);
        Assert.Equal(1, await Store.ReadAsync("packs/02/a", 0, buffer, default));
        Assert.Equal(1, await other.ReadAsync("packs/02/a", 0, buffer, default));

        await Store.DeleteAsync("packs/02/a", default);
        await Store.DeleteAsync("packs/02/a", default);

        foreach (IObjectStore store in new[] { Store, other })
        {
            Assert.Null(await store.GetAsync("packs/02/a", Any, default));
            Assert.Equal(-1, await store.ReadAsync("packs/02/a", 0, buffer, default));
            Assert.Equal(-1, await store.GetLengthAsync("packs/02/a", default));
        }

        Assert.Empty(await ListAsync(""));
        Assert.True(await other.PutNewAsync("packs/02/a", Sequence([2]), default));
        Assert.Equal(1, await Store.ReadAsync("packs/02/a", 0, buffer, default));
        Assert.Equal([2], buffer);
    }

    [Fact]
    public async Task A_listing_has_whole_names_and_lengths_in_ordinal_order()
    {
        // Dash and dot come before the slash, digits and letters after it.
        string[] names = ["a-b", "a.b", "a/1", "a/b-c/x", "a/b.c", "a/b/c", "a/b/d", "a/b0", "a0", "b/a", "index/1", "index/10", "index/2", "packs/00/z", "packs/0f/a", "packs/f0/a", "packs/f0/b", "repository.json"];
        int length = 0;
        foreach (string name in names.Reverse()) await Store.PutNewAsync(name, Sequence(new byte[length++]), default);

        StoredObject[] all = [.. names.Select((name, i) => new StoredObject(name, names.Length - 1 - i))];
        Assert.Equal(all, await ListAsync(""));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        foreach (string prefix in new[] { "a/", "a/b/", "packs/", "packs/f0/", "index/", "b/", "c/" })
        {
            Assert.Equal(all.Where(item => item.Name.StartsWith(prefix, StringComparison.Ordinal)), await ListAsync(prefix));
        }
    }

    [Fact]
    public async Task A_listing_can_be_left_and_cancelled_on_the_way()
    {
        for (int i = 0; i < 20; i++) await Store.PutNewAsync($"index/{i:d2}", Sequence([1]), default);

        await foreach (StoredObject first in Store.ListAsync("index/", default))
        {
            Assert.Equal("index/00", first.Name);
            break;
        }

        using var cancellation = new CancellationTokenSource();
        int seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (StoredObject item in Store.ListAsync("index/", cancellation.Token))
            {
                if (++seen == 3) await cancellation.CancelAsync();
            }
        });
        Assert.Equal(3, seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("../x")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData(".")]
    [InlineData(".hidden")]
    [InlineData("a/.hidden")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a/b/c/d/e")]
    [InlineData("a\\b")]
    [InlineData("c:x")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a_b")]
    [InlineData("a*")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    [InlineData("ä")]
    [InlineData("ı")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_name_outside_the_rule_is_refused_by_every_call(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.PutNewAsync(name, Sequence([1]), default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.PutAsync(name, Sequence([1]), default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.GetAsync(name, 1, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.ReadAsync(name, 0, new byte[1], default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.GetLengthAsync(name, default));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(name, default));
        Assert.Empty(await ListAsync(""));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("a/b/c/d/")]
    [InlineData("a//")]
    [InlineData("A/")]
    public async Task A_prefix_outside_the_rule_is_refused(string prefix) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await ListAsync(prefix));

    [Fact]
    public async Task A_name_of_the_greatest_length_is_fine()
    {
        string segment = new('a', 128);
        string name = $"{segment}/{segment}/{segment}/{segment}";
        Assert.True(await Store.PutNewAsync(name, Sequence([1]), default));

        Assert.Equal([new(name, 1)], await ListAsync($"{segment}/{segment}/{segment}/"));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Store.PutNewAsync("index/a", Sequence([1]), default);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutNewAsync("index/b", Sequence([1]), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync("index/a", Sequence([2]), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DeleteAsync("index/a", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetAsync("index/a", Any, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync("index/a", 0, new byte[1], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.GetLengthAsync("index/a", cancelled));
        Assert.Equal(new byte[] { 1 }, await Store.GetAsync("index/a", Any, default));
        Assert.Equal([new("index/a", 1)], await ListAsync(""));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_put_that_is_cancelled_on_the_way_leaves_what_was_or_the_whole(bool replace)
    {
        byte[] old = Bytes(1000, seed: 4);
        byte[] content = Bytes(3 << 20, seed: 5);
        if (replace) await Store.PutNewAsync("packs/03/a", Sequence(old), default);
        for (int stop = 0; stop < 3; stop++)
        {
            using var cancellation = new CancellationTokenSource();
            int part = 0;
            ReadOnlyMemory<byte>[] parts = [.. Enumerable.Range(0, 3).Select(i => new ObservedMemory(content[(i << 20)..((i + 1) << 20)], () =>
            {
                if (i == stop) cancellation.Cancel();
                part = i;
            }).Memory)];
            bool done = true;
            try
            {
                if (replace) await Store.PutAsync("packs/03/a", Segments.Of(parts), cancellation.Token);
                else await Store.PutNewAsync("packs/03/a", Segments.Of(parts), cancellation.Token);
            }
            catch (OperationCanceledException)
            {
                done = false;
            }

            byte[]? left = await Store.GetAsync("packs/03/a", Any, default);
            if (done) Assert.Equal(content, left);
            else Assert.True(left is null ? !replace : left.AsSpan().SequenceEqual(content) || (replace && left.AsSpan().SequenceEqual(old)), $"Cancelled in part {stop} of 3, at {part}: {left?.Length} bytes are left.");
            if (!replace) await Store.DeleteAsync("packs/03/a", default);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_put_whose_content_cannot_be_read_leaves_what_was(bool replace)
    {
        if (replace) await Store.PutNewAsync("packs/03/b", Sequence([1]), default);
        var broken = new ObservedMemory(new byte[10], () => throw new InvalidOperationException("broken"));
        ReadOnlySequence<byte> content = Segments.Of(new byte[1 << 20], broken.Memory);

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            if (replace) await Store.PutAsync("packs/03/b", content, default);
            else await Store.PutNewAsync("packs/03/b", content, default);
        });
        Assert.Equal(replace ? new byte[] { 1 } : null, await Store.GetAsync("packs/03/b", Any, default));
    }

    [Fact]
    public async Task Of_racing_creators_exactly_one_wins_in_each_of_thousands_of_rounds()
    {
        const int Rounds = 3000;
        const int Creators = 4;
        await using IObjectStore other = Open();
        using var barrier = new Barrier(Creators);
        int[,] won = new int[Rounds, Creators];
        await Task.WhenAll(Enumerable.Range(0, Creators).Select(creator => Task.Factory.StartNew(() =>
        {
            IObjectStore store = creator % 2 == 0 ? Store : other;
            for (int round = 0; round < Rounds; round++)
            {
                var content = new ReadOnlySequence<byte>(Enumerable.Repeat((byte)creator, 50 + creator).ToArray());
                barrier.SignalAndWait();
                if (store.PutNewAsync(RaceName(round), content, default).AsTask().GetAwaiter().GetResult()) won[round, creator]++;
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        for (int round = 0; round < Rounds; round++)
        {
            int[] winners = [.. Enumerable.Range(0, Creators).Where(creator => won[round, creator] == 1)];
            Assert.True(winners.Length == 1, $"Round {round}: {winners.Length} winners.");
            Assert.Equal(Enumerable.Repeat((byte)winners[0], 50 + winners[0]), await Store.GetAsync(RaceName(round), Any, default));
        }

        Assert.Equal(Rounds, (await ListAsync("packs/")).Count);
    }

    [Fact]
    public async Task Readers_beside_creators_and_deleters_see_whole_objects_and_all_that_stay()
    {
        const int Rounds = 300;
        string[] staying = [.. Enumerable.Range(0, 20).Select(i => $"snapshots/{i:d2}-stays")];
        foreach (string name in staying) await Store.PutNewAsync(name, Sequence([1]), default);
        await using IObjectStore other = Open();
        using var end = new CancellationTokenSource();
        Task[] changing = [.. Enumerable.Range(0, 3).Select(creator => Task.Run(async () =>
        {
            byte[] content = Enumerable.Repeat((byte)creator, 20_000).ToArray();
            for (int i = 0; !end.IsCancellationRequested; i++)
            {
                string name = $"snapshots/{i % 20:d2}-moves";
                if (creator == 2 && i % 3 == 0) await Store.PutAsync(name, Sequence(content), default);
                else await Store.PutNewAsync(name, Sequence(content), default);
                if (creator > 0) await Store.DeleteAsync(name, default);
            }
        }))];
        try
        {
            byte[] buffer = new byte[20_000];
            for (int round = 0; round < Rounds; round++)
            {
                List<StoredObject> listed = [];
                await foreach (StoredObject item in other.ListAsync("snapshots/", default)) listed.Add(item);
                Assert.Equal(staying, listed.Select(item => item.Name).Where(name => name.EndsWith("stays", StringComparison.Ordinal)));
                Assert.All(listed, item => Assert.Equal(item.Name.EndsWith("stays", StringComparison.Ordinal) ? 1 : 20_000, item.Length));
                byte[]? got = await other.GetAsync($"snapshots/{round % 20:d2}-moves", Any, default);
                Assert.True(got is null || (got.Length == 20_000 && !got.AsSpan().ContainsAnyExcept(got[0])), $"Round {round}: a torn object.");
                int read = await other.ReadAsync($"snapshots/{round % 20:d2}-moves", 0, buffer, default);
                Assert.True(read == -1 || (read == 20_000 && !buffer.AsSpan().ContainsAnyExcept(buffer[0])), $"Round {round}: a torn read of {read} bytes.");
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(changing);
        }
    }

    [Fact]
    public async Task Many_ranges_of_many_objects_are_read_at_once()
    {
        const int Objects = 150;
        byte[][] contents = [.. Enumerable.Range(0, Objects).Select(i => Bytes(5000, seed: 100 + i))];
        for (int i = 0; i < Objects; i++) await Store.PutNewAsync($"packs/{i:x2}/p", Sequence(contents[i]), default);

        await Parallel.ForAsync(0, 4000, async (i, token) =>
        {
            var random = new Random(i);
            int pack = random.Next(Objects);
            int offset = random.Next(5000);
            byte[] buffer = new byte[random.Next(1, 1000)];
            int count = await Store.ReadAsync($"packs/{pack:x2}/p", offset, buffer, token);
            Assert.Equal(Math.Min(buffer.Length, 5000 - offset), count);
            Assert.True(contents[pack].AsSpan(offset, count).SequenceEqual(buffer.AsSpan(0, count)));
        });
    }

    private protected static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private protected static ReadOnlySequence<byte> Sequence(byte[] content) => new(content);

    private protected async Task<List<StoredObject>> ListAsync(string prefix)
    {
        var found = new List<StoredObject>();
        await foreach (StoredObject item in Store.ListAsync(prefix, default)) found.Add(item);
        return found;
    }

    private static string RaceName(int round) => $"packs/{round % 256:x2}/race-{round}";
}
