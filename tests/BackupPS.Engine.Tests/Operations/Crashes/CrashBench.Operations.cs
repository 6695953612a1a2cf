using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>What the operations of <see cref="CrashOperation.All"/> do.</summary>
internal sealed partial class CrashBench
{
    /// <summary>Where this attempt restores to.</summary>
    public string Destination { get; private set; } = "";

    private string Oldest => older[0].Id;

    public Task BackupAsync(BackupEngine engine, string type = "Auto") =>
        engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault, Type = type }, RunCallbacks.None, default);

    public static async Task RunPolicyAsync(BackupEngine engine, string name = Policy)
    {
        BackupResult result = await engine.BackupAsync(new BackupRequest { PolicyName = name }, RunCallbacks.None, default);
        if (result.Status == "Failed") throw new BackupException(BackupError.StoreUnreachable, "The verification of the new snapshot failed.");
    }

    public async Task VerifyAsync(BackupEngine engine)
    {
        IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Data" }, RunCallbacks.None, default);
        if (report.Status != "Passed") throw new BackupException(BackupError.StoreUnreachable, string.Join("; ", report.Damage));
    }

    public async Task RestoreAsync(BackupEngine engine, string overwrite)
    {
        RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = older[^1].Id, Destination = Destination, Overwrite = overwrite }, RunCallbacks.None, default);
        if (result.Status != "Complete") throw new BackupException(BackupError.StoreUnreachable, string.Join("; ", result.Faults));
    }

    /// <summary>Leaves another state of the source where the restore goes.</summary>
    public void FillDestination()
    {
        string folder = Destination + bench.Source;
        foreach (string name in older[^1].Files.Keys.Where(static n => n.EndsWith('/'))) Directory.CreateDirectory(Path.Join(folder, name));
        foreach (string name in older[^1].Files.Keys.Where(static n => !n.EndsWith('/'))) File.WriteAllText(Path.Join(folder, name), $"another {name}");
    }

    /// <summary>Each file has its old content or its new one, or is marked as unfinished.</summary>
    public Task AssertNothingHalfAsync()
    {
        string folder = Destination + bench.Source;
        SortedDictionary<string, string> found = FolderContent.Of(folder, static f => !Path.GetFileName(f).StartsWith(".backupps-", StringComparison.Ordinal) && !IsUnfinished(f));
        string destination = Destination;
        var before = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (operation.Begin is not null)
        {
            Destination = bench["as-before"];
            FillDestination();
            before = FolderContent.Of(Destination + bench.Source);
            Directory.Delete(Destination, recursive: true);
            Destination = destination;
        }

        foreach ((string name, string content) in found) Assert.True(content == older[^1].Files.GetValueOrDefault(name) || content == before.GetValueOrDefault(name), $"{name} is neither old nor new.");
        foreach (string name in before.Keys) Assert.True(found.ContainsKey(name), $"{name}, which was there before, is gone.");
        return Task.CompletedTask;
    }

    public Task AssertRestoredAsync()
    {
        SortedDictionary<string, string> found = FolderContent.Of(Destination + bench.Source, static f => !Path.GetFileName(f).StartsWith(".backupps-", StringComparison.Ordinal));
        Assert.Equal(FolderContent.Text(older[^1].Files), FolderContent.Text(found));
        foreach (string name in found.Keys) Assert.False(IsUnfinished(Path.Join(Destination + bench.Source, name)), $"{name} is still marked as unfinished.");
        return Task.CompletedTask;
    }

    public Task AnnotateAsync(BackupEngine engine) => engine.UpdateSnapshotAsync(bench.Vault, Oldest, [Tag], hold: true, null, default);

    public async Task AssertAnnotatedAsync(BackupEngine engine, bool mayBeAsBefore)
    {
        BackupSnapshot snapshot = (await bench.ListSnapshotsAsync(engine)).Single(s => s.SnapshotId == Oldest);
        Assert.Contains((string.Join(' ', snapshot.Tag), snapshot.Hold), mayBeAsBefore ? [(Tag, true), ("", false)] : new[] { (Tag, true) });
    }

    public async Task RemoveOldestAsync(BackupEngine engine)
    {
        try
        {
            await engine.RemoveSnapshotAsync(bench.Vault, Oldest, null, default);
        }
        catch (BackupException e) when (e.Error == BackupError.SnapshotNotFound)
        {
            // A run that was ended has got as far as that.
        }
    }

    /// <summary>As if its writer had been killed right after the commit.</summary>
    public async Task LeaveSessionOfOldestAsync()
    {
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        string name = RepositoryLayout.Session(Oldest);
        var session = new SessionRecord { HostName = "elsewhere", HostId = new string('0', RepositoryLayout.IdLength), UserName = "somebody", ProcessId = 1, PolicyName = Policy, Started = DateTime.UnixEpoch };
        Assert.True(await store.PutNewAsync(name, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Session, name, session, RepositoryJson.Default.SessionRecord)), default));
    }

    public async Task AddNotesToOldestAsync()
    {
        for (int i = 0; i < 3; i++) await bench.Engine.UpdateSnapshotAsync("vault", Oldest, [$"{i}"], hold: null, null, default);
    }

    public static async Task ApplyRetentionAsync(BackupEngine engine)
    {
        foreach (RetentionDecision decision in await engine.PlanRetentionAsync(Policy, null, measure: false, default))
        {
            if (decision.Action == "Remove") await engine.RemoveSnapshotAsync(decision.Repository, decision.SnapshotId, null, default);
        }
    }

    /// <summary>Leaves what only a removed snapshot needed.</summary>
    public Task RemoveOldestAsync() => RemoveOldestAsync(bench.Engine);

    public async Task OptimizeAsync(BackupEngine engine)
    {
        MaintenanceResult result = await engine.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault, MaxUnusedPercent = 0 }, RunCallbacks.None, default);
        Assert.Equal("Complete", result.Status);
    }

    /// <summary>Nothing is left that nobody needs, and nothing that is begun.</summary>
    public async Task AssertOptimizedAsync(BackupEngine engine)
    {
        OptimizePlan plan = await engine.PlanOptimizeAsync(new OptimizeRequest { Repository = bench.Vault, MaxUnusedPercent = 0 }, RunCallbacks.None, default);
        Assert.Equal((0, 0, 0, 0L), (plan.PacksRemoved.Length, plan.PacksRewritten.Length, plan.PendingPacks, plan.BytesUnused));
    }

    // A path that is not registered: the store is asked for the repository's id.
    public async Task ChangePolicyAsync(BackupEngine engine)
    {
        BackupPolicy policy = (await engine.GetPoliciesAsync(default)).Single(static p => p.PolicyName == Verifying);
        await engine.UpdatePolicyAsync(new BackupPolicy { PolicyName = Verifying, Source = policy.Source, Repository = bench["elsewhere"], RepositoryId = "", KeepLast = 7 }, default);
    }

    public async Task AssertPolicyAsync(BackupEngine engine, bool mayBeAsBefore)
    {
        BackupPolicy policy = (await engine.GetPoliciesAsync(default)).Single(static p => p.PolicyName == Verifying);

        // That path is no folder here: the policy goes by the name of the same repository.
        var changed = (7, "None", "vault", repositoryId);
        Assert.Contains((policy.KeepLast, policy.Verify, policy.Repository, policy.RepositoryId), mayBeAsBefore ? [changed, (0, "Data", "vault", repositoryId)] : new[] { changed });
    }

    public Task ConnectAsync(BackupEngine engine) => engine.ConnectRepositoryAsync("again", bench["elsewhere"], bench.Secret, default);

    private static bool IsUnfinished(string path) =>
        !OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is (UnixFileMode.StickyBit | UnixFileMode.UserWrite) or (UnixFileMode.StickyBit | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
