using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

public sealed class MapTableTests
{
    [Theory]
    [InlineData("rw-s", true)]
    [InlineData("-w-s", true)]
    [InlineData("rwxs", true)]
    [InlineData("r--s", false)]
    [InlineData("rw-p", false)]
    public void A_mapping_counts_that_is_shared_and_can_be_written_to(string rights, bool counts)
    {
        var files = new MappedFiles();
        MapTable.Parse(System.Text.Encoding.UTF8.GetBytes($"7f2c-7f2d {rights} 00000000 fd:0a 1234                       /var/lib/a b\n"), files);
        Assert.Equal(counts ? 1 : 0, files.Count);
        Assert.Equal(counts, files.Contains(Item(0xfd, 0x0a, 1234), "a b"u8));
        Assert.False(files.Contains(Item(0xfd, 0x0a, 1235), "a b"u8));

        // Where the device is another than a file shows (btrfs), the name tells.
        Assert.Equal(counts, files.Contains(Item(0, 33, 1234), "a b"u8));
        Assert.False(files.Contains(Item(0, 33, 1234), "other"u8));
    }

    [Fact]
    public void Lines_that_are_of_no_file_or_broken_are_passed_over()
    {
        var files = new MappedFiles();
        MapTable.Parse("7f-80 rw-s 0 00:01 0\n\nx\n7f-80 rw-s 0 zz 12 /a\n7f-80 rw-s 0 00:05 7 /dev/zero (deleted)"u8, files);
        Assert.Equal(1, files.Count);
    }

    [Fact]
    public void A_mapping_of_this_process_is_found()
    {
        using var folder = new TemporaryFolder();
        string path = folder["mapped"];
        File.WriteAllBytes(path, new byte[4096]);
        using var mapping = System.IO.MemoryMappedFiles.MemoryMappedFile.CreateFromFile(path);
        using var view = mapping.CreateViewAccessor();
        view.Write(0, 1);
        var fileSystem = new LinuxFileSystem();
        Assert.True(MapTable.Read(fileSystem, default).Contains(fileSystem.GetInfo(path), "mapped"u8));
    }

    private static ItemInfo Item(uint major, uint minor, ulong inode) => new() { Kind = ItemKind.File, Device = ((ulong)major << 32) | minor, Inode = inode };
}
