using BackupPS.Engine.Policies;
using System.Diagnostics;
using BackupPS.Engine.Tests.Catalog;

namespace BackupPS.Engine.Tests.Policies;

public sealed class PolicyLockTests
{
    [Fact]
    public void A_policy_is_locked_once_without_regard_to_case()
    {
        using var folder = new TemporaryFolder();
        using (PolicyLock? first = PolicyLock.TryAcquire(folder.Home, "Größe I"))
        {
            Assert.NotNull(first);
            Assert.Null(PolicyLock.TryAcquire(folder.Home, "gRÖßE i"));
        }

        using PolicyLock? again = PolicyLock.TryAcquire(folder.Home, "größe i");
        Assert.NotNull(again);
    }

    [Fact]
    public void Policies_do_not_hinder_each_other()
    {
        using var folder = new TemporaryFolder();
        using PolicyLock? first = PolicyLock.TryAcquire(folder.Home, "web");
        using PolicyLock? second = PolicyLock.TryAcquire(folder.Home, "web2");
        using PolicyLock? elsewhere = PolicyLock.TryAcquire(Path.Combine(folder.Path, "other"), "web");
        Assert.NotNull(first);
        Assert.NotNull(second);
        Assert.NotNull(elsewhere);
    }

    [Fact]
    public void Of_many_threads_one_gets_the_lock()
    {
        using var folder = new TemporaryFolder();
        for (int round = 0; round < 50; round++)
        {
            var taken = new List<PolicyLock>();
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
            {
                if (PolicyLock.TryAcquire(folder.Home, "web") is { } held) lock (taken) taken.Add(held);
            });
            Assert.Single(taken);
            taken[0].Dispose();
        }
    }

    [Fact]
    public async Task Waiting_ends_when_the_lock_is_released()
    {
        using var folder = new TemporaryFolder();
        PolicyLock first = PolicyLock.TryAcquire(folder.Home, "web")!;
        Task<PolicyLock> waiting = PolicyLock.AcquireAsync(folder.Home, "web", TimeProvider.System, CancellationToken.None);
        await Task.Delay(600);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        using PolicyLock second = await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Null(PolicyLock.TryAcquire(folder.Home, "web"));
    }

    [Fact]
    public async Task Waiting_ends_at_once_when_it_is_cancelled()
    {
        using var folder = new TemporaryFolder();
        using PolicyLock? first = PolicyLock.TryAcquire(folder.Home, "web");
        using var cancellation = new CancellationTokenSource();
        Task<PolicyLock> waiting = PolicyLock.AcquireAsync(folder.Home, "web", TimeProvider.System, cancellation.Token);
        await Task.Delay(100);
        var watch = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
    }

    [ToolFact("flock")]
    public async Task Another_process_that_holds_the_lock_and_is_killed_leaves_it_free()
    {
        // util-linux's flock takes the same lock as another BackupPS would; macOS and Windows have no such program.
        using var folder = new TemporaryFolder();
        PolicyLock.TryAcquire(folder.Home, "web")!.Dispose();
        string file = Path.Combine(folder.Home, "locks", PolicyLock.FileName("web"));
        using Process other = Process.Start(new ProcessStartInfo("flock", ["--no-fork", "--exclusive", file, "sh", "-c", "echo held; exec sleep 60"]) { RedirectStandardOutput = true })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync());
        Assert.Null(PolicyLock.TryAcquire(folder.Home, "web"));
        using (PolicyLock? unrelated = PolicyLock.TryAcquire(folder.Home, "mail")) Assert.NotNull(unrelated);

        other.Kill();
        await other.WaitForExitAsync();
        using PolicyLock? freed = PolicyLock.TryAcquire(folder.Home, "web");
        Assert.NotNull(freed);
    }

    [ToolFact("flock")]
    public async Task Another_process_cannot_take_the_lock_that_is_held_here()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Home, "locks", PolicyLock.FileName("web"));
        using (PolicyLock? held = PolicyLock.TryAcquire(folder.Home, "web"))
        {
            Assert.NotNull(held);
            Assert.NotEqual(0, await ExitCodeAsync("flock", "--nonblock", file, "true"));
        }

        Assert.Equal(0, await ExitCodeAsync("flock", "--nonblock", file, "true"));
    }

    [Fact]
    public void A_home_folder_that_cannot_be_written_to_is_an_error_of_its_own()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Home, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        UnprivilegedThread.Run(() =>
            Assert.Same(BackupError.CatalogUnusable, Assert.Throws<BackupException>(() => PolicyLock.TryAcquire(folder.Home, "web")).Error));
    }

    private static async Task<int> ExitCodeAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
