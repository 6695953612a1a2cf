using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Tests;

/// <summary>What runs in a <see cref="StubbedLoadContext"/>.</summary>
internal static class StubbedRun
{
    /// <summary>Saves a folder and restores it, in a folder that holds nothing of the kind yet.</summary>
    /// <returns>The zstd that was used, the repository's codec, and the status of backup and restore.</returns>
    public static async Task<string> BackUpAsync(string folder)
    {
        string source = Path.Combine(folder, "source"), target = Path.Combine(folder, "target"), vault = Path.Combine(folder, "vault");
        Directory.CreateDirectory(source);
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"line {i}\n"));
        await File.WriteAllTextAsync(Path.Combine(source, "text"), text);

        await using BackupEngine engine = CreateEngine(Path.Combine(folder, "home"));
        BackupRepository repository = await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "vault", Path = vault, Secret = Secret() }, default);
        BackupResult backup = await engine.BackupAsync(new BackupRequest { Source = [source], Repository = "vault" }, RunCallbacks.None, default);
        Assert.InRange(backup.BytesStored, 1, text.Length / 2);
        RestoreResult restored = await engine.RestoreAsync(new RestoreRequest { Repository = "vault", SnapshotId = backup.SnapshotId, Destination = target, Verify = true }, RunCallbacks.None, default);
        Assert.Equal(text, await File.ReadAllTextAsync(Directory.GetFiles(target, "text", SearchOption.AllDirectories).Single()));
        using ICodec codec = SegmentCompressor.CreateCodec(CodecId.Zstd)!;
        return $"{codec.GetType().Name} {repository.Compression} {backup.Status} {restored.Status}";
    }

    /// <summary>The same, where it may fail.</summary>
    /// <returns>The same, or the error's id, message and advice in lines.</returns>
    public static async Task<string> TryBackUpAsync(string folder)
    {
        try
        {
            return await BackUpAsync(folder);
        }
        catch (BackupException e)
        {
            return $"{e.Error.Id}\n{e.Message}\n{e.Error.Advice}";
        }
    }

    public static BackupEngine CreateEngine(string home) => new(new EngineOptions { HomeFolder = home, Workers = 2, UnattendedSecret = Secret });

    private static RepositorySecret Secret() => RepositorySecret.FromPassphrase("x");
}
