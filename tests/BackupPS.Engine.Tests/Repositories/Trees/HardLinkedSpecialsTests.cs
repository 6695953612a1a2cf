using BackupPS.Engine.Platform;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories.Trees;

/// <summary>Not only files can have several names: on Unix links, pipes and devices can, too. Trees keep that, and a restore makes links of them.</summary>
public sealed class HardLinkedSpecialsTests
{
    [Fact]
    public async Task Names_of_one_symbolic_link_or_pipe_are_names_of_one_again()
    {
        // Windows has neither.
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "source"), vault = Path.Combine(folder.Path, "vault"), restored = Path.Combine(folder.Path, "restored");
        Directory.CreateDirectory(source);
        Assert.Equal(0, (await ChildProcess.RunAsync("sh", "-c", $"cd '{source}' && ln -s nowhere a && ln -P a b && mkfifo p && ln p q && ln -s nowhere alone")).ExitCode);

        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = Path.Combine(folder.Path, "home"), Workers = 2 });
        await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = vault, Secret = RepositorySecret.FromPassphrase("x"), Compression = "Brotli" }, CancellationToken.None);
        BackupResult result = await engine.BackupAsync(new BackupRequest { Repository = vault, Source = [source] }, RunCallbacks.None, CancellationToken.None);
        var linked = new List<string>();
        await foreach (BackupItem item in engine.GetItemsAsync(new ItemQuery { Repository = vault, SnapshotId = result.SnapshotId, Recurse = true }, CancellationToken.None))
        {
            if (item.HardLinked) linked.Add(Path.GetFileName(item.Path));
        }

        Assert.Equal(["a", "b", "p", "q"], linked);

        await engine.RestoreAsync(new RestoreRequest { Repository = vault, SnapshotId = result.SnapshotId, Destination = restored }, RunCallbacks.None, CancellationToken.None);
        string there = Assert.Single(Directory.GetDirectories(restored, "source", SearchOption.AllDirectories));
        using IFolder back = PlatformFileSystem.Create().OpenFolder(there);
        ulong[] inodes = [.. new[] { "a", "b", "p", "q", "alone" }.Select(n => back.GetInfo(System.Text.Encoding.ASCII.GetBytes(n)).Inode)];
        Assert.Equal(inodes[0], inodes[1]);
        Assert.Equal(inodes[2], inodes[3]);
        Assert.Equal(3, inodes.Distinct().Count());
    }
}
