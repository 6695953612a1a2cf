using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>The order of names, against the plainest sort there is.</summary>
public sealed class NameListTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 13)]
    [InlineData(4, 2_000)]
    [InlineData(5, 50_000)]
    public void Names_are_sorted_by_their_bytes(int seed, int count)
    {
        var random = new Random(seed);
        var expected = new List<byte[]>();
        var list = new NameList();
        for (int round = 0; round < 2; round++)
        {
            expected.Clear();
            list.Clear();
            for (int i = 0; i < count; i++)
            {
                // Mostly alike at the start, of every length, some twice, with the bytes that signed comparisons get wrong.
                byte[] name = [.. "a common beginning"u8[..random.Next(19)], .. new byte[random.Next(1, 30)]];
                for (int b = 0; b < name.Length; b++)
                {
                    if (name[b] == 0) name[b] = random.Next(3) switch { 0 => 1, 1 => 255, _ => (byte)random.Next(1, 256) };
                }

                expected.Add(name);
                list.Add(name);
            }

            expected.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            list.Sort();
            Assert.Equal(count, list.Count);
            for (int i = 0; i < count; i++) Assert.True(list[i].SequenceEqual(expected[i]), $"Name {i} of seed {seed}, round {round}.");
            foreach (byte[] name in expected.Take(100)) Assert.True(list.Contains(name), $"seed {seed}");
            Assert.False(list.Contains("a name that is not there"u8));
        }
    }

    [Fact]
    public void Names_that_are_all_the_same_or_in_order_or_backwards_are_sorted()
    {
        foreach (int step in new[] { 0, 1, -1 })
        {
            var list = new NameList();
            for (int i = 0; i < 10_000; i++) list.Add(System.Text.Encoding.ASCII.GetBytes($"file-{50_000 + (i * step)}"));
            list.Sort();
            for (int i = 1; i < list.Count; i++) Assert.True(list[i - 1].SequenceCompareTo(list[i]) <= 0);
            Assert.Equal(10_000, list.Count);
        }
    }

    [Fact]
    public void A_name_with_NUL_is_refused()
    {
        var list = new NameList();
        Assert.Throws<ArgumentException>(() => list.Add("a\0b"u8));
        Assert.Equal(0, list.Count);
    }
}
