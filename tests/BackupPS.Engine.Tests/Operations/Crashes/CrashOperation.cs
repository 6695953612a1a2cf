namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>An operation of the engine that is ended at each of its calls to the store. A new one is a line in <see cref="All"/>.</summary>
/// <param name="Name">What it is called in the names of tests.</param>
/// <param name="Run">Does it. It is also the next run after a crash, so that it must do the rest of what was done in part.</param>
internal sealed record CrashOperation(string Name, Func<CrashBench, BackupEngine, Task> Run)
{
    /// <summary>Every operation that calls a store.</summary>
    public static readonly CrashOperation[] All =
    [
        new("first backup", static (b, e) => b.BackupAsync(e)) { Snapshots = 0, Commits = true },
        new("full backup", static (b, e) => b.BackupAsync(e, "Full")) { Commits = true },
        new("incremental backup of a policy", static (_, e) => CrashBench.RunPolicyAsync(e)) { Commits = true, EndsWithCommit = true },
        new("backup that changes nothing", static (_, e) => CrashBench.RunPolicyAsync(e)) { Changes = false, Commits = true, EndsWithCommit = true },
        new("backup that is verified", static (_, e) => CrashBench.RunPolicyAsync(e, CrashBench.Verifying)) { Snapshots = 1, Commits = true },
        new("verification", static (b, e) => b.VerifyAsync(e)) { AtEnd = static (b, e) => b.VerifyAsync(e) },
        new("restore", static (b, e) => b.RestoreAsync(e, "Never")) { AfterCrash = static (b, _) => b.AssertNothingHalfAsync(), AtEnd = static (b, _) => b.AssertRestoredAsync() },
        new("restore over another state", static (b, e) => b.RestoreAsync(e, "Always")) { Begin = static b => b.FillDestination(), AfterCrash = static (b, _) => b.AssertNothingHalfAsync(), AtEnd = static (b, _) => b.AssertRestoredAsync() },
        new("tags and a hold", static (b, e) => b.AnnotateAsync(e)) { AfterCrash = static (b, e) => b.AssertAnnotatedAsync(e, mayBeAsBefore: true), AtEnd = static (b, e) => b.AssertAnnotatedAsync(e, mayBeAsBefore: false) },
        new("removal of a snapshot", static (b, e) => b.RemoveOldestAsync(e)) { Removes = 1 },
        new("removal of a snapshot whose session stands", static (b, e) => b.RemoveOldestAsync(e)) { Removes = 1, Prepare = static b => b.LeaveSessionOfOldestAsync() },
        new("removal of a snapshot with notes", static (b, e) => b.RemoveOldestAsync(e)) { Removes = 1, Prepare = static b => b.AddNotesToOldestAsync() },
        new("retention", static (_, e) => CrashBench.ApplyRetentionAsync(e)) { Snapshots = 3, Removes = 2 },
        new("optimization", static (b, e) => b.OptimizeAsync(e)) { Snapshots = 3, Removes = 1, Prepare = static b => b.RemoveOldestAsync(), AtEnd = static (b, e) => b.AssertOptimizedAsync(e) },
        new("change of a policy", static (b, e) => b.ChangePolicyAsync(e)) { AfterCrash = static (b, e) => b.AssertPolicyAsync(e, mayBeAsBefore: true), AtEnd = static (b, e) => b.AssertPolicyAsync(e, mayBeAsBefore: false) },
        new("connection of a repository", static (b, e) => b.ConnectAsync(e)) { AtEnd = static (_, e) => e.GetRepositoryAsync("again", default) },
        new("pointing a repository to another folder", static (b, e) => e.UpdateRepositoryAsync("vault", null, b["elsewhere"], default)) { AtEnd = static async (b, e) => Assert.Equal(b["elsewhere"], (await e.GetRepositoryAsync("vault", default)).Path) },
    ];

    /// <summary>Snapshots that are there before.</summary>
    public int Snapshots { get; init; } = 2;

    /// <summary>Whether the source has changed since the last of them.</summary>
    public bool Changes { get; init; } = true;

    /// <summary>Whether it makes a snapshot.</summary>
    public bool Commits { get; init; }

    /// <summary>Whether nothing that comes after its commit can make it fail.</summary>
    public bool EndsWithCommit { get; init; }

    /// <summary>How many of the oldest snapshots it removes.</summary>
    public int Removes { get; init; }

    /// <summary>Done once to the repository in the bench's vault, before anything is tried.</summary>
    public Func<CrashBench, Task>? Prepare { get; init; }

    /// <summary>Done before each attempt.</summary>
    public Action<CrashBench>? Begin { get; init; }

    /// <summary>What must hold right after the crash.</summary>
    public Func<CrashBench, BackupEngine, Task>? AfterCrash { get; init; }

    /// <summary>What must hold after the next run.</summary>
    public Func<CrashBench, BackupEngine, Task>? AtEnd { get; init; }

    public static CrashOperation Find(string name) => All.Single(o => o.Name == name);

    public override string ToString() => Name;
}
