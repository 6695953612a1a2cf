using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Chunking;

/// <summary>A backup with each way and length of chunking, of files on both sides of every limit.</summary>
public sealed class BlockLengthBackupTests
{
    private const int MiB = 1024 * 1024;

    [Theory]
    [InlineData("Fixed", 64 * 1024)]
    [InlineData("Fixed", 4 * MiB)]
    [InlineData("ContentDefined", 64 * 1024)]
    [InlineData("ContentDefined", 4 * MiB)]
    public async Task Files_of_any_length_come_back(string chunking, int chunkSize)
    {
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "source"), restored = Path.Combine(folder.Path, "restored"), vault = Path.Combine(folder.Path, "vault");
        Directory.CreateDirectory(source);

        // A file that fits into one block of 4 MiB, and not into a segment that small files share, once stopped the whole run.
        int[] lengths = [0, 1, 65_535, 65_536, 65_537, MiB - 1, MiB, MiB + 1, (2 * MiB) + 7, (4 * MiB) - 1, 4 * MiB, (4 * MiB) + 1, 9 * MiB];
        foreach (int length in lengths) await File.WriteAllBytesAsync(Path.Combine(source, $"{length}"), SplitMix.Bytes((ulong)length, length));

        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = Path.Combine(folder.Path, "home"), Workers = 2 });
        var request = new CreateRepositoryRequest { Path = vault, Secret = RepositorySecret.FromPassphrase("x"), Compression = "None", Chunking = chunking, ChunkSize = chunkSize };
        await engine.CreateRepositoryAsync(request, CancellationToken.None);
        BackupResult result = await engine.BackupAsync(new BackupRequest { Repository = vault, Source = [source] }, RunCallbacks.None, CancellationToken.None);
        Assert.Equal(("Complete", (long)lengths.Length), (result.Status, result.FilesNew));
        await engine.RestoreAsync(new RestoreRequest { Repository = vault, SnapshotId = result.SnapshotId, Destination = restored }, RunCallbacks.None, CancellationToken.None);
        foreach (int length in lengths)
        {
            string file = Assert.Single(Directory.GetFiles(restored, $"{length}", SearchOption.AllDirectories));
            Assert.Equal(SplitMix.Bytes((ulong)length, length), await File.ReadAllBytesAsync(file));
        }
    }
}
