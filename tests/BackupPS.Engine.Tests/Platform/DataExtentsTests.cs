using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

public sealed class DataExtentsTests : IDisposable
{
    private const int Block = 65536; // a multiple of the block size of every common file system

    private readonly TemporaryFolder _temporary = new();
    private readonly IFolder _folder;

    public DataExtentsTests() => _folder = new LinuxFileSystem().OpenFolder(_temporary.Path);

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }

    private IReadOnlyList<FileExtent> Extents(long length, long size, params long[] blocks)
    {
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.SetLength(length);
        foreach (long block in blocks) file.Write(Enumerable.Repeat((byte)1, Block).ToArray(), block * Block);
        file.Sync();
        using IReadableFile read = _folder.OpenFile(file.Name);
        return read.GetDataExtents(size);
    }

    [Fact]
    public void Holes_are_left_out()
    {
        Assert.Equal([new FileExtent(Block, Block), new FileExtent(10 * Block, 2 * Block)], Extents(1L << 40, 1L << 40, 1, 10, 11));
        Assert.Equal([new FileExtent(0, Block), new FileExtent(5 * Block, Block)], Extents(6 * Block, 6 * Block, 0, 5));
    }

    [Fact]
    public void A_file_that_is_one_hole_has_no_data() => Assert.Empty(Extents(1L << 30, 1L << 30));

    [Fact]
    public void Data_behind_the_asked_size_is_not_told() => Assert.Equal([new FileExtent(0, Block), new FileExtent(2 * Block, 10)], Extents(9 * Block, (2 * Block) + 10, 0, 2, 8));

    [Fact]
    public void A_file_that_shrank_has_no_extents_behind_its_end()
    {
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.SetLength(100 * Block);
        file.Write(new byte[Block], 50 * Block);
        using IReadableFile read = _folder.OpenFile(file.Name);
        file.SetLength(Block);

        Assert.Empty(read.GetDataExtents(100 * Block));
    }

    [Fact]
    public void Where_there_are_too_many_ranges_the_smallest_holes_go()
    {
        const int Seed = 20261120;
        var random = new Random(Seed);
        var extents = new List<FileExtent>();
        var list = new ExtentList();
        long at = 0;
        for (int i = 0; i < 100_000; i++)
        {
            at += random.Next(1, 5000);
            var extent = new FileExtent(at, random.Next(1, 100));
            extents.Add(extent);
            list.Add(extent.Offset, extent.Length);
            at += extent.Length;
        }

        IReadOnlyList<FileExtent> kept = list.ToList();

        Assert.Equal(ExtentList.Most, kept.Count);
        Assert.Equal(extents[0].Offset, kept[0].Offset);
        Assert.Equal(at, kept[^1].Offset + kept[^1].Length);
        long[] holes = [.. extents.Zip(extents.Skip(1), (a, b) => b.Offset - a.Offset - a.Length).OrderDescending().Take(ExtentList.Most - 1)];
        long[] left = [.. kept.Zip(kept.Skip(1), (a, b) => b.Offset - a.Offset - a.Length).OrderDescending()];
        Assert.True(holes.SequenceEqual(left), $"Seed {Seed}");
        Assert.All(kept.Zip(kept.Skip(1)), pair => Assert.True(pair.First.Offset + pair.First.Length < pair.Second.Offset));
    }

    [Fact]
    public void Ranges_that_touch_are_one()
    {
        var list = new ExtentList();
        list.Add(0, 10);
        list.Add(10, 5);
        list.Add(20, 0);
        list.Add(20, 1);

        Assert.Equal([new FileExtent(0, 15), new FileExtent(20, 1)], list.ToList());
    }
}
