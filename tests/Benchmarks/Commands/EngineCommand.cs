using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Peers;
using BackupPS.Engine;

namespace BackupPS.Benchmarks.Commands;

/// <summary>One operation through the facade of the engine, with what <see cref="BackupPSRepository"/> made.</summary>
internal static class EngineCommand
{
    /// <returns>The exit code: 0, or 3 where the operation ended otherwise than it should.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0 || !OperationNames.All.Contains(arguments[0])) throw new BenchmarkException($"The operations are: {string.Join(", ", OperationNames.All)}.");
        var options = new Options([.. arguments.Skip(1)], "home", "password-file", "target", "path");
        string passwordFile = options.Required("password-file");
        await using var engine = new BackupEngine(new EngineOptions
        {
            HomeFolder = options.Required("home"),
            UnattendedSecret = () => RepositorySecret.FromPasswordFile(passwordFile),
        });
        var callbacks = new RunCallbacks { OnFault = static fault => Console.Error.WriteLine(fault), OnWarning = Console.Error.WriteLine };
        switch (OperationNames.Parse(arguments[0]))
        {
            case Operation.First or Operation.Unchanged or Operation.Changed:
                BackupResult backup = await engine.BackupAsync(new BackupRequest { PolicyName = BackupPSRepository.PolicyName }, callbacks, CancellationToken.None);
                return backup.Status == "Complete" ? 0 : 3;
            case Operation.Verify:
                IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = BackupPSRepository.RepositoryName, Level = "Data" }, callbacks, CancellationToken.None);
                return report.Status == "Passed" ? 0 : 3;
            case Operation.Restore:
                return await RestoreAsync(engine, options.Required("target"), [], callbacks);
            case Operation.RestoreOne:
                return await RestoreAsync(engine, options.Required("target"), [options.Required("path")], callbacks);
            default:
                return await ListAsync(engine, callbacks);
        }
    }

    private static async Task<int> RestoreAsync(BackupEngine engine, string target, IReadOnlyList<string> paths, RunCallbacks callbacks)
    {
        var request = new RestoreRequest { PolicyName = BackupPSRepository.PolicyName, LiteralPath = paths, Destination = target };
        RestoreResult result = await engine.RestoreAsync(request, callbacks, CancellationToken.None);
        return result.Status == "Complete" ? 0 : 3;
    }

    private static async Task<int> ListAsync(BackupEngine engine, RunCallbacks callbacks)
    {
        string? snapshot = null;
        await foreach (BackupSnapshot found in engine.GetSnapshotsAsync(new SnapshotQuery { PolicyName = BackupPSRepository.PolicyName, Last = 1 }, callbacks, CancellationToken.None)) snapshot = found.SnapshotId;
        if (snapshot is null) return 3;
        await using var output = new StreamWriter(Console.OpenStandardOutput());
        await foreach (BackupItem item in engine.GetItemsAsync(new ItemQuery { Repository = BackupPSRepository.RepositoryName, SnapshotId = snapshot, Recurse = true }, CancellationToken.None)) await output.WriteLineAsync(item.Path);
        return 0;
    }
}
