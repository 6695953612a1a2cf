namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A part of the same file system that is mounted below a source: it has the device of what is around it.</summary>
public sealed class BindMountTests
{
    [Fact]
    public async Task A_bind_mount_is_another_file_system_and_nothing_in_it_is_deleted()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("sub/file", "own");
        bench.Write("bound/hidden", "below the mount");
        Directory.CreateDirectory(bench["elsewhere/in"]);
        await File.WriteAllTextAsync(bench["elsewhere/in/file"], "precious");
        Directory.CreateDirectory(bench.Source + "/sub/loop");
        await File.WriteAllTextAsync(bench.Source + "/file-mount", "");
        if (await Shell.RunAsync("mount --bind elsewhere source/bound 2>/dev/null && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            await Shell.RunAsync("mount --bind source source/sub/loop; mount --bind elsewhere/in/file source/file-mount", bench.Folder);
            BackupResult one = await bench.BackupAsync("Full", new FilterRules { OneFileSystem = true });
            Assert.Equal(("Complete", 2), (one.Status, one.FilesNew));
            BackupResult all = await bench.BackupAsync("Full");
            Assert.Equal(("Complete", 6), (all.Status, all.FilesNew));

            string bound = bench.Restored("out", "bound");
            Directory.CreateDirectory(bound);
            await Shell.RunAsync($"mount --bind elsewhere '{bound}'", bench.Folder);
            RestoreResult restored = await bench.RestoreAsync(one.SnapshotId, "out", static r => r with { InPlace = true, DeleteExtra = true, Overwrite = "Always" });
            Assert.Equal(0, restored.FilesDeleted);
            Assert.Equal("precious", TestBench.Read(bench["elsewhere/in/file"]));
            Assert.Contains(bench.Warnings, w => w.Contains(bench.Source + "/bound", StringComparison.Ordinal));
        }
        finally
        {
            await Shell.RunAsync("for m in \"out$PWD/source/bound\" source/file-mount source/sub/loop source/bound; do umount \"$m\" 2>/dev/null || true; done", bench.Folder);
        }
    }
}
