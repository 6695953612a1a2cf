using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Packing;

public sealed class BlobSetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void It_answers_as_a_set_does(int seed)
    {
        var random = new Random(seed);
        using var set = new BlobSet();
        var model = new HashSet<BlobId>();
        for (int i = 0; i < 200_000; i++)
        {
            // Few of them at first, so that duplicates are common; some share their low bits, so that they collide.
            byte[] bytes = SplitMix.Bytes((ulong)random.Next(1, 60_000), 24);
            if (i % 500 == 0) bytes.AsSpan(16).Fill(7);
            var id = new BlobId(bytes);
            Assert.Equal(model.Contains(id), set.Contains(id));
            Assert.Equal(model.Add(id), set.Add(id));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void With_removals_it_answers_as_a_set_does(int seed)
    {
        var random = new Random(seed);
        using var set = new BlobSet();
        var model = new HashSet<BlobId>();

        // Within one stripe and from few places in it, so that ids stand in each other's way, around the end of the table too.
        BlobId[] ids = [.. Enumerable.Range(0, 600).Select(i =>
        {
            byte[] bytes = SplitMix.Bytes((ulong)(seed * 1000) + (ulong)i, 24);
            int place = i % 3 == 0 ? 0xff : random.Next(256);
            if (i % 4 != 0) bytes[16] = (byte)(place >> 6);
            if (i % 4 != 0) bytes[17] = (byte)(place << 2);
            return new BlobId(bytes);
        })];
        for (int i = 0; i < 300_000; i++)
        {
            // It fills and empties by turns.
            BlobId id = ids[random.Next(ids.Length)];
            bool add = random.Next(10) < (i / 20_000 % 2 == 0 ? 7 : 3);
            Assert.True((add ? model.Add(id) : model.Remove(id)) == (add ? set.Add(id) : set.Remove(id)), $"seed {seed}, step {i}");
            if (i % 1000 == 0) Assert.All(ids, other => Assert.Equal(model.Contains(other), set.Contains(other)));
        }
    }

    [Fact]
    public async Task Of_many_threads_that_add_an_id_exactly_one_has_added_it()
    {
        using var set = new BlobSet();
        BlobId[] ids = [.. Enumerable.Range(1, 20_000).Select(static i => new BlobId(SplitMix.Bytes((ulong)i, 24)))];
        int[] added = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            BlobId[] order = [.. ids];
            new Random(worker).Shuffle(order);
            return order.Count(set.Add);
        })));
        Assert.Equal(ids.Length, added.Sum());
        Assert.All(ids, id => Assert.True(set.Contains(id)));
    }
}
