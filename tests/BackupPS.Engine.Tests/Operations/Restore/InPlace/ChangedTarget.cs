using BackupPS.Engine.Operations.Restore.InPlace;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>A source with its snapshot, and a target that was restored from it and has changed in every way that a restore in place mends; any number of times the same.</summary>
internal sealed class ChangedTarget : IAsyncDisposable
{
    private const string MakeSource =
        """
        umask 022
        mkdir -p same/deep content kinds metadata lost/deep/er links folder-was-file extra/inner
        printf same > same/file; printf deep > same/deep/file; ln -s file same/link
        head -c 1500000 /dev/urandom > content/large; printf 'old text' > content/small; : > content/empty
        printf kind > kinds/file-was-folder; ln -s target kinds/link-was-file; mkfifo kinds/fifo; printf x > kinds/file-was-link
        printf m > metadata/mode; printf m > metadata/time; printf m > metadata/attribute; chmod 640 metadata/mode
        printf l > lost/file; printf l > lost/deep/file; printf l > lost/deep/er/file; ln -s ../file lost/deep/link; ln lost/file lost/deep/linked
        printf one > links/a; ln links/a links/b; ln links/a links/c; printf two > links/d; printf two > links/e
        printf f > folder-was-file/file
        printf e > extra/kept; printf e > extra/inner/kept
        chmod 750 lost/deep; chmod 555 extra/inner
        touch -d '2001-02-03 04:05:06.123456789 UTC' same/file content/* metadata/* links/* lost/deep lost extra/kept
        touch -d '2002-02-02 UTC' same links content kinds extra/inner extra .
        """;

    private const string ChangeTarget =
        """
        head -c 100000 /dev/urandom | dd of=content/large conv=notrunc status=none; printf 'new text that is longer' > content/small; printf filled > content/empty
        rm kinds/file-was-folder; mkdir -p kinds/file-was-folder/with; printf y > kinds/file-was-folder/with/file
        rm kinds/link-was-file; printf z > kinds/link-was-file; rm kinds/file-was-link; ln -s /etc/passwd kinds/file-was-link; rm kinds/fifo
        chmod 600 metadata/mode; touch -d '2011-11-11 UTC' metadata/time
        rm -r lost
        rm links/b links/c; printf one > links/b; rm links/e; ln links/d links/e
        rm -r folder-was-file; printf n > folder-was-file
        chmod 755 extra/inner; printf more > extra/more; printf more > extra/inner/more; mkdir -p extra/folder/below; printf more > extra/folder/below/file; ln -s kept extra/link; chmod 700 extra
        touch -d '2005-05-05 05:05:05.555 UTC' extra/more extra/inner extra kinds links .
        """;

    private ChangedTarget(TestBench bench, string snapshotId)
    {
        Bench = bench;
        SnapshotId = snapshotId;
    }

    public TestBench Bench { get; }

    public string SnapshotId { get; }

    /// <summary>The target as it is before.</summary>
    public SortedDictionary<string, string> Before { get; private set; } = [];

    /// <summary>The target as it shall be.</summary>
    public SortedDictionary<string, string> After { get; private set; } = [];

    /// <summary>The target as it is now.</summary>
    public SortedDictionary<string, string> Now => TargetImage.Of(Bench["out"]);

    public static async Task<ChangedTarget> CreateAsync(int workers = 1)
    {
        TestBench bench = await TestBench.CreateAsync(workers: workers);
        await Shell.RunAsync(MakeSource, bench.Source);
        await Shell.RunAsync("setfattr -n user.mine -v value metadata/attribute; touch -d '2001-02-03 UTC' metadata/attribute metadata", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        var target = new ChangedTarget(bench, id);

        // The folders that only lead there keep the times that they have.
        target.After = TargetImage.Of(bench["out"]);
        await Shell.RunAsync(ChangeTarget, bench.Restored("out"));
        await Shell.RunAsync("setfattr -n user.mine -v other metadata/attribute; setfattr -n user.more -v more metadata/attribute", bench.Restored("out"));
        await Shell.RunAsync("cp -a out template", bench.Folder);
        target.Before = target.Now;
        return target;
    }

    /// <summary>Makes the target what it was before.</summary>
    public async Task ResetAsync() => await Shell.RunAsync("rm -rf out; cp -a template out", Bench.Folder);

    /// <summary>Restores in place, with all that goes with it.</summary>
    public Task<RestoreResult> RestoreAsync(Func<RestoreRequest, RestoreRequest>? change = null, CancellationToken cancellationToken = default) => Bench.RestoreAsync(
        SnapshotId,
        "out",
        r => (change ?? (static c => c))(r with { InPlace = true, DeleteExtra = true, Overwrite = "Always" }),
        cancellationToken);

    public Task<RestoreResult> RecoverAsync(bool complete) => Bench.Engine.RecoverRestoreAsync(Bench["out"], complete, Bench.Callbacks, default);

    /// <summary>Whether a work folder, or a record of one, is left.</summary>
    public bool IsAnythingLeft => WorkFolders.AreIn(Bench["out"]) || (Directory.Exists(Bench["home/restores"]) && Directory.EnumerateFileSystemEntries(Bench["home/restores"]).Any());

    /// <summary>Restores once, and counts the calls to the file system.</summary>
    /// <param name="except">Calls that do not count.</param>
    public async Task<long> CountAsync(HashSet<string>? except = null)
    {
        long calls = 0;
        Bench.Hooks.Call = name => calls += except?.Contains(name) == true ? 0 : 1;
        Assert.Equal("Complete", (await RestoreAsync()).Status);
        Bench.Hooks.Call = null;
        AssertAfter("no fault");
        Assert.True(calls > 150, $"{calls} calls");
        return calls;
    }

    /// <summary>What a restore returns, or the error that it ends with.</summary>
    public static async Task<(RestoreResult? Result, BackupException? Error)> TryAsync(Func<Task<RestoreResult>> restore)
    {
        try
        {
            return (await restore(), null);
        }
        catch (BackupException e)
        {
            return (null, e);
        }
    }

    /// <summary>The target is as it shall be.</summary>
    public void AssertAfter(string what)
    {
        string differences = TargetImage.Differences(After, Now);
        Assert.True(differences.Length == 0, $"{what}\n{differences}");
    }

    /// <summary>The target is as it was before, or as it shall be: tells which.</summary>
    public string AssertOneOf(string what)
    {
        SortedDictionary<string, string> now = Now;
        string before = TargetImage.Differences(Before, now), after = TargetImage.Differences(After, now);
        Assert.True(before.Length == 0 || after.Length == 0, $"{what}\nbefore:\n{before}\nafter:\n{after}");
        return after.Length == 0 ? "after" : "before";
    }

    public ValueTask DisposeAsync() => Bench.DisposeAsync();
}
