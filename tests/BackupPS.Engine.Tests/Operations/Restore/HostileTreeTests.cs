using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>A tree that means harm writes nothing outside the destination, and ends nothing early.</summary>
public sealed class HostileTreeTests
{
    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("../../escaped")]
    [InlineData("a/b")]
    [InlineData("/escaped")]
    [InlineData("nul\0name")]
    public async Task A_name_that_is_no_name_is_refused_and_the_rest_is_restored(string name)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, c =>
        [
            c.File(name, "evil"),
            c.Folder(name, c.File("inside", "evil"), c.Folder("deeper", c.File("escaped", "evil"))),
            CraftedSnapshot.Link(name, "/etc"),
            c.Folder("folder", c.File(name, "evil"), c.File("good", "good")),
            c.File("good", "good"),
        ]);
        string before = await ListAsync(bench);
        RestoreResult result = await bench.RestoreAsync(id, "jail/out", r => r with { Overwrite = "Always" });
        Assert.Equal("Incomplete", result.Status);
        Assert.All(bench.Faults, static f => Assert.Equal("HostileName", f.Error.Id));
        Assert.InRange(bench.Faults.Count, 4, 7);
        Assert.Equal("good", TestBench.Read(bench["jail/out/good"]));
        Assert.Equal("good", TestBench.Read(bench["jail/out/folder/good"]));
        Assert.Equal("./jail\n./jail/out\n./jail/out/folder\n./jail/out/folder/good\n./jail/out/good\n", await Shell.RunAsync("find ./jail | sort", bench.Folder));
        Assert.Equal(before, await ListAsync(bench));
        Assert.Equal("Failed", (await bench.VerifyAsync("Restore")).Status);
        Assert.Equal(before, await ListAsync(bench));
    }

    // Whether anything has changed beside the destination, the repository and the home.
    private static Task<string> ListAsync(TestBench bench) => Shell.RunAsync("find . -path ./jail -prune -o -path ./vault -prune -o -path ./home -prune -o -mindepth 1 -print | sort", bench.Folder);

    [Theory]
    [InlineData("Never")]
    [InlineData("Always")]
    public async Task A_link_in_the_tree_is_no_way_out_of_the_destination(string overwrite)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        Directory.CreateDirectory(bench["outside"]);
        string id = await CraftedSnapshot.WriteAsync(bench, c =>
        [
            CraftedSnapshot.Link("a", bench["outside"]),
            c.Folder("a", c.File("escaped", "evil")),
            c.Folder("b", c.File("escaped", "evil")),
            CraftedSnapshot.Link("b", bench["outside"]),
            c.File("c", "first"),
            c.File("c", "second"),
        ]);
        for (int i = 0; i < 20; i++)
        {
            // The order of what happens at once is not fixed: both orders come up, and neither leads outside.
            RestoreResult result = await bench.RestoreAsync(id, $"out{i % 5}", r => r with { Overwrite = overwrite });
            Assert.InRange(result.FilesRestored + result.FilesSkipped + result.FaultCount, 6, 12);
            Assert.Empty(Directory.EnumerateFileSystemEntries(bench["outside"]));
        }
    }

    [Fact]
    public async Task Contents_that_do_not_fit_are_faults_of_their_own_items()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, c =>
        [
            c.File("attributes", "x", attributes: [1, 0, 1, (byte)'v']),
            CraftedSnapshot.Link("empty", ""),
            c.File("good", "good"),
            CraftedSnapshot.Link("nul", "a\0b"),
            c.File("too-long", "abc", size: 2),
            c.File("too-short", "abc", size: 4),
            c.File("vast", "abc", size: long.MaxValue),
            CraftedSnapshot.Device("no-such-device", 70_000, 1 << 30),
            new TreeEntry { Name = "missing-blob"u8.ToArray(), Kind = Engine.Platform.ItemKind.File, Size = 1, Content = [BlobId.Parse(new string('1', 48))] },
            new TreeEntry { Name = "missing-tree"u8.ToArray(), Kind = Engine.Platform.ItemKind.Directory, Mode = 0x1ED, Subtree = BlobId.Parse(new string('2', 48)) },
        ]);

        // The vast one needs more space than there is.
        Assert.Equal("NotEnoughSpace", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out"))).Error.Id);
        bench.Hooks.FreeSpace = static () => long.MaxValue;
        bench.ForgetFaults();
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal("Incomplete", result.Status);
        Assert.Equal(
            ["/attributes", "/empty", "/missing-blob", "/missing-tree", "/no-such-device", "/nul", "/too-long", "/too-short", "/vast"],
            bench.Faults.Select(static f => f.Path).Order(StringComparer.Ordinal));
        Assert.Equal("./good\n./missing-tree\n", await Shell.RunAsync("find . -mindepth 1 | sort", bench["out"]));
    }
}
