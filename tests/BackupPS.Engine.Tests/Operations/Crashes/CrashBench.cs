using BackupPS.Engine.Catalog;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>
/// Ends an operation at each of its calls to the store, each time from the same beginning: a repository, in memory, with some snapshots; a home with a
/// catalog; a source. Then it asserts what a user relies on: each older snapshot restores in full, everything verifies, and the next run succeeds.
/// </summary>
internal sealed partial class CrashBench : IAsyncDisposable
{
    public const string Policy = "p", Verifying = "verifying";
    private const string Start = "start", Tag = "said of it";

    private readonly TestBench bench;
    private readonly CrashOperation operation;
    private readonly List<(string Id, SortedDictionary<string, string> Files)> older = [];
    private readonly HashSet<int> writes = [];
    private StoreImage image = null!;
    private string repositoryId = "";
    private int attempts;

    private CrashBench(TestBench bench, CrashOperation operation)
    {
        this.bench = bench;
        this.operation = operation;
    }

    /// <summary>Crash points so far.</summary>
    public int Points { get; private set; }

    /// <summary>How many of them ended the operation.</summary>
    public int Failed { get; private set; }

    /// <summary>How many came after its commit, and did not.</summary>
    public int Spared { get; private set; }

    public string this[string relative] => bench[relative];

    public static async Task<CrashBench> CreateAsync(CrashOperation operation)
    {
        // One worker would do for what is here; two are how the engine runs.
        TestBench made = await TestBench.CreateAsync(clock: new HurriedClock(100));
        var bench = new CrashBench(made, operation);
        made.Write("folder/stays", "it stays");
        made.Write("folder/below/large", string.Concat(Enumerable.Range(0, 20_000).Select(static i => i % 977)));
        await made.AddPolicyAsync(Policy, keepLast: 1);
        await made.AddPolicyAsync(Verifying, verify: "Data");
        for (int i = 0; i < operation.Snapshots; i++)
        {
            made.Write("folder/changes", $"as it was at snapshot {i}");
            made.Write($"new at {i}", $"new at {i}");
            bench.older.Add(((await made.RunPolicyAsync(name: Policy)).SnapshotId, FolderContent.Of(made.Source)));
        }

        if (operation.Changes)
        {
            made.Write("folder/changes", "as it is now");
            made.Write("newest", "new");
        }

        if (operation.Prepare is not null) await operation.Prepare(bench);
        bench.repositoryId = (await made.Engine.GetRepositoryAsync("vault", default)).RepositoryId;
        bench.image = await StoreImage.ReadAsync(made.Vault);
        bench.CopyHome("home", Start);
        return bench;
    }

    /// <summary>Tries a fault at every call at which it makes a difference: a reading call cannot be torn, and is lost when it is not done.</summary>
    /// <returns>How many there are.</returns>
    public async Task<int> TryEveryCallAsync(StoreFault fault)
    {
        bool concernsWrites = fault is StoreFault.KillAfter or StoreFault.Tear or StoreFault.PowerLoss or StoreFault.LostAnswer;
        int tried = 0, last = writes.Count == 0 ? 0 : writes.Max() + 1;
        for (int number = 1; ; number++)
        {
            // Two calls at the same time may come in another order than the last time.
            if (concernsWrites && !writes.Contains(number) && !writes.Contains(number - 1) && !writes.Contains(number + 1))
            {
                if (number > last) break;
                continue;
            }

            if (!await TryAsync(fault, number)) break;
            tried++;
        }

        Points += tried;
        return tried;
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    // Whether there is such a call at all.
    private async Task<bool> TryAsync(StoreFault fault, int number)
    {
        attempts++;
        string home = $"home-{attempts}", after = home;
        Destination = bench[$"out-{attempts}"];
        CopyHome(Start, home);
        operation.Begin?.Invoke(this);
        MemoryObjectStore store = image.ToStore();
        bool dead = false;
        var faulty = FaultyObjectStore.With(store, fault, number, () =>
        {
            if (!fault.Kills()) return;
            CopyHome(home, after = home + "-killed");
            Volatile.Write(ref dead, true);
        });
        bench.Hooks.Changing = call =>
        {
            if (Volatile.Read(ref dead)) throw new PlatformException(PlatformFailure.Other, "Injected: the process is dead.");
        };
        BackupException? error = null;
        try
        {
            await operation.Run(this, bench.CreateEngine(home, _ => faulty));
        }
        catch (BackupException e)
        {
            error = e;
        }

        bench.Hooks.Changing = null;
        bool reached = faulty.CallCount >= number;
        writes.UnionWith(faulty.Calls.Where(static c => c.Changes).Select(static c => c.Number));
        string what = $"{operation.Name}, {(reached ? $"{fault} at call {number}: {faulty.Calls.First(c => c.Number == number)}" : "no fault")}";
        try
        {
            AssertEnd(fault, number, faulty, error);
            await AssertUsableAsync(bench.CreateEngine(after, _ => store), store, ran: error is null && !fault.Kills());
        }
        catch (Exception e) when (e is BackupException or Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"{what}{(error is null ? "" : $" ({error.Error.Id}: {error.Message})")}: {e.Message}", e);
        }

        foreach (string folder in new[] { bench[home], bench[after], Destination })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }

        return reached;
    }

    // How the operation itself may end. Nobody hears what a dead process says, but what came after its commit cannot have hindered it.
    private void AssertEnd(StoreFault fault, int number, FaultyObjectStore faulty, BackupException? error)
    {
        if (faulty.CallCount < number) Assert.Null(error);
        int commit = faulty.Calls.FirstOrDefault(static c => c.Operation == StoreOperation.PutNew && c.Name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal)).Number;
        if (error is null)
        {
            if (commit > 0 && number > commit && number <= faulty.CallCount) Spared++;
            return;
        }

        Failed++;
        if (operation.Commits || !fault.Kills()) Assert.Equal("StoreUnreachable", error.Error.Id);
        Assert.False(operation.EndsWithCommit && commit > 0 && number > commit, "It failed after its commit.");
        Assert.False(fault.IsTransient(), "What fails for a reason that may pass is asked for again.");
    }

    // Older snapshots restore, nothing half is visible, everything verifies, and the next run completes.
    private async Task AssertUsableAsync(BackupEngine engine, MemoryObjectStore store, bool ran)
    {
        IReadOnlyList<BackupSnapshot> visible = await bench.ListSnapshotsAsync(engine);
        StoreImage left = await StoreImage.ReadAsync(store);
        bool changed = !image.IsSame(left), whole = image.IsPartOf(left);
        for (int i = 0; i < older.Count; i++)
        {
            bool there = visible.Any(s => s.SnapshotId == older[i].Id);
            Assert.True(there || i < operation.Removes, "An older snapshot is gone.");

            // Where nothing was taken away, what has come can hurt one of them no more than another.
            if (there && changed && (i == older.Count - 1 || !whole)) await AssertRestoresAsync(engine, older[i].Id, older[i].Files);
        }

        BackupSnapshot[] added = [.. visible.Where(s => older.All(o => o.Id != s.SnapshotId))];
        Assert.InRange(added.Length, operation.Commits && ran ? 1 : 0, operation.Commits ? 1 : 0);
        foreach (BackupSnapshot snapshot in added) await AssertRestoresAsync(engine, snapshot.SnapshotId, FolderContent.Of(bench.Source));
        if (changed) await VerifyAsync(engine);
        if (operation.AfterCrash is not null) await operation.AfterCrash(this, engine);

        await operation.Run(this, engine);
        IReadOnlyList<BackupSnapshot> now = await bench.ListSnapshotsAsync(engine);
        for (int i = 0; i < older.Count; i++) Assert.Equal(i >= operation.Removes, now.Any(s => s.SnapshotId == older[i].Id));
        Assert.Equal(operation.Commits ? added.Length + 1 : added.Length, now.Count(s => older.All(o => o.Id != s.SnapshotId)));
        if (operation.Commits) await AssertRestoresAsync(engine, now[^1].SnapshotId, FolderContent.Of(bench.Source));
        await VerifyAsync(engine);
        if (operation.AtEnd is not null) await operation.AtEnd(this, engine);
    }

    private async Task AssertRestoresAsync(BackupEngine engine, string snapshotId, SortedDictionary<string, string> files)
    {
        string to = bench["check"];
        RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = snapshotId, Destination = to }, RunCallbacks.None, default);
        Assert.Equal("Complete", result.Status);
        Assert.Equal(FolderContent.Text(files), FolderContent.Text(FolderContent.Of(to + bench.Source)));
        Directory.Delete(to, recursive: true);
    }

    // As the kernel would show it to the next process: nobody writes to it at this moment, and nobody holds its locks. The log of the database comes first:
    // who closes the database may copy it into the file at any time, and what is copied twice is the same.
    private void CopyHome(string from, string to)
    {
        var home = new HomeFolder(bench[from]);
        using FileLock turn = home.LockForWriting();
        Directory.CreateDirectory(bench[to]);
        foreach (string file in Directory.EnumerateFiles(home.FullPath).OrderByDescending(static f => f.EndsWith("-wal", StringComparison.Ordinal)))
        {
            // Made anew by whoever opens the database.
            if (file.EndsWith("-shm", StringComparison.Ordinal)) continue;
            try
            {
                File.Copy(file, Path.Join(bench[to], Path.GetFileName(file)));
            }
            catch (FileNotFoundException)
            {
                // The log, which whoever closed last has taken away.
            }
        }
    }
}
