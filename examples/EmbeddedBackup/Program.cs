// Backs a folder up twice, damages one byte of the repository, finds the damage, mends it and restores the folder.
//
//     dotnet run --project examples/EmbeddedBackup [FOLDER]
//
// FOLDER is only read. Everything that is written goes to a new folder below the system's temporary folder, which is removed at the end.
using System.Diagnostics;
using BackupPS;
using BackupPS.Engine;

string source = Path.GetFullPath(args.Length > 0 ? args[0] : Path.GetDirectoryName(typeof(object).Assembly.Location)!);
if (!Directory.Exists(source))
{
    await Console.Error.WriteLineAsync($"There is no folder '{source}'.");
    return 1;
}

string work = Directory.CreateTempSubdirectory("embedded-backup-").FullName;
try
{
    await using var engine = new BackupEngine(new EngineOptions { HomeFolder = Path.Combine(work, "home") });
    var noCallbacks = new RunCallbacks { OnFault = fault => Console.WriteLine($"  fault: {fault}"), OnWarning = warning => Console.WriteLine($"  warning: {warning}") };

    BackupRepository repository = await engine.CreateRepositoryAsync(
        new CreateRepositoryRequest { Name = "vault", Path = Path.Combine(work, "vault"), Secret = RepositorySecret.FromPassphrase("correct horse battery staple") },
        CancellationToken.None);
    Console.WriteLine($"Repository '{repository.Name}': {repository.Compression}, chunks of {repository.ChunkSize / 1024} KiB.");

    await engine.CreatePolicyAsync(
        new BackupPolicy { PolicyName = "demo", Source = [source], Repository = "vault", RepositoryId = "", Exclude = ["**/*.pdb"], KeepDaily = 7 },
        CancellationToken.None);

    BackupResult first = await BackupAsync("First backup");
    BackupResult second = await BackupAsync("Second backup");

    // Damage: one bit of the largest pack.
    string pack = Directory.EnumerateFiles(Path.Combine(repository.Path, "packs"), "*", SearchOption.AllDirectories).MaxBy(static f => new FileInfo(f).Length)!;
    FlipBit(pack, new FileInfo(pack).Length / 2);
    IntegrityReport damaged = await VerifyAsync("One bit flipped");
    foreach (string name in damaged.DamagedObject) Console.WriteLine($"  damaged: {name}");
    Console.WriteLine($"  affected snapshots: {damaged.AffectedSnapshot.Length}");

    FlipBit(pack, new FileInfo(pack).Length / 2);
    IntegrityReport mended = await VerifyAsync("Bit flipped back");

    RestoreResult restored = await engine.RestoreAsync(
        new RestoreRequest { Repository = "vault", SnapshotId = second.SnapshotId, Destination = Path.Combine(work, "restored"), Verify = true },
        noCallbacks, CancellationToken.None);
    Console.WriteLine($"Restore: {restored.Status}, {restored.FilesRestored} files, {Megabytes(restored.BytesRestored)} in {restored.Duration.TotalSeconds:F2} s, read back and compared.");

    bool asExpected = first.FilesNew > 0 && second.FilesNew + second.FilesChanged == 0 && damaged.Status == "Failed" && mended.Status == "Passed" && restored.Status == first.Status;
    Console.WriteLine(asExpected ? "Everything came back." : "Something is not as it should be.");
    return asExpected ? 0 : 1;

    async Task<BackupResult> BackupAsync(string title)
    {
        BackupResult result = await engine.BackupAsync(new BackupRequest { PolicyName = "demo" }, noCallbacks, CancellationToken.None);
        Console.WriteLine($"{title}: {result.Status}, {result.Type}, {result.FilesNew} new, {result.FilesChanged} changed, {result.FilesUnchanged} unchanged; {Megabytes(result.BytesRead)} read, {Megabytes(result.BytesStored)} stored in {result.Duration.TotalSeconds:F2} s.");
        return result;
    }

    async Task<IntegrityReport> VerifyAsync(string title)
    {
        IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = "vault", Level = "Data" }, RunCallbacks.None, CancellationToken.None);
        Console.WriteLine($"{title}: verification {report.Status}, {report.ObjectCount} objects, {Megabytes(report.BytesRead)} read in {report.Duration.TotalSeconds:F2} s, {report.DamageCount} damages.");
        return report;
    }
}
finally
{
    Directory.Delete(work, recursive: true);
}

static void FlipBit(string file, long offset)
{
    File.SetAttributes(file, FileAttributes.Normal);
    using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
    stream.Position = offset;
    int value = stream.ReadByte();
    stream.Position = offset;
    stream.WriteByte((byte)(value ^ 1));
}

static string Megabytes(long bytes) => $"{bytes / 1048576.0:F1} MiB";
