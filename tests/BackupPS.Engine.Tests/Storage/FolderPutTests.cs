using System.Buffers;
using System.Diagnostics;
using System.Runtime.Versioning;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Folder;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>Puts that end badly, and what they leave: killed processes, full disks, temporaries of others.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FolderPutTests : IDisposable
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, RecurseSubdirectories = true };

    private readonly TemporaryFolder _folder = new();

    private string StorePath => Path.Join(_folder.Path, "store");

    private string TemporariesPath => Path.Join(StorePath, "tmp");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FolderPublishing.Unnamed)]
    [InlineData(FolderPublishing.Link)]
    [InlineData(FolderPublishing.Rename)]
    internal async Task A_killed_process_leaves_whole_objects_and_nothing_that_the_next_put_does_not_clear(FolderPublishing publishing)
    {
        await FolderObjectStore.Create(StorePath, publishing).DisposeAsync();
        using (Process child = ChildProcess.Start(ChildProcess.CommandLine(StoreChild.Task, "put-forever", StorePath, $"{publishing}")))
        {
            Assert.Equal("first", await child.StandardOutput.ReadLineAsync());
            await Task.Delay(100);
            child.Kill();
            await child.WaitForExitAsync();
        }

        await using FolderObjectStore store = FolderObjectStore.Open(StorePath, publishing);
        int count = 0;
        await foreach (StoredObject item in store.ListAsync("", default))
        {
            Assert.Equal(StoreChild.ObjectLength, item.Length);
            byte[] content = (await store.GetAsync(item.Name, StoreChild.ObjectLength, default))!;
            for (int part = 0; part < 48; part++) Assert.False(content.AsSpan(part * StoreChild.ObjectLength / 48, StoreChild.ObjectLength / 48).ContainsAnyExcept((byte)part));
            count++;
        }

        Assert.NotEqual(0, count);
        if (publishing == FolderPublishing.Unnamed && store.Publishing == FolderPublishing.Unnamed) Assert.Empty(Temporaries());
        await store.PutAsync("notes/after", new ReadOnlySequence<byte>([1]), default);
        Assert.Empty(Temporaries());
        Assert.Equal(count + 1, Directory.EnumerateFiles(StorePath, "*", Everything).Count());
    }

    [Theory]
    [InlineData(FolderPublishing.Unnamed)]
    [InlineData(FolderPublishing.Link)]
    [InlineData(FolderPublishing.Rename)]
    internal async Task Of_two_racing_processes_exactly_one_creates_each_object(FolderPublishing publishing)
    {
        const int Rounds = 2000;
        await FolderObjectStore.Create(StorePath, publishing).DisposeAsync();
        Process[] children = [.. Enumerable.Range(1, 2).Select(i => ChildProcess.Start(ChildProcess.CommandLine(StoreChild.Task, "race", StorePath, $"{publishing}", $"{Rounds}", $"{i}")))];
        try
        {
            foreach (Process child in children) Assert.Equal("ready", await child.StandardOutput.ReadLineAsync());
            foreach (Process child in children) await child.StandardInput.WriteLineAsync();
            string[] outputs = await Task.WhenAll(children.Select(child => child.StandardOutput.ReadToEndAsync()));
            int[][] won = [.. outputs.Select(output => output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => int.Parse(line, null)).ToArray())];
            Assert.Equal(Enumerable.Range(0, Rounds), won.SelectMany(rounds => rounds).Order());

            await using FolderObjectStore store = FolderObjectStore.Open(StorePath);
            for (int i = 0; i < 2; i++)
            {
                foreach (int round in won[i]) Assert.Equal(Enumerable.Repeat((byte)(i + 1), 100), (await store.GetAsync($"packs/{round % 256:x2}/{round}", 100, default))!);
            }

            Assert.Empty(Temporaries());
        }
        finally
        {
            foreach (Process child in children)
            {
                if (!child.HasExited) child.Kill();
                child.Dispose();
            }
        }
    }

    [Theory]
    [InlineData(FolderPublishing.Unnamed)]
    [InlineData(FolderPublishing.Link)]
    [InlineData(FolderPublishing.Rename)]
    internal async Task A_full_disk_is_told_and_leaves_nothing(FolderPublishing publishing)
    {
        await FolderObjectStore.Create(StorePath, publishing).DisposeAsync();
        // A limit on the length of files needs no rights.
        (int exitCode, string output, string error) = await ChildProcess.RunAsync(ChildProcess.CommandLine(StoreChild.Task, "fill", StorePath, $"{publishing}", "limit"));
        Assert.True(exitCode == 0, error);
        AssertFull(output);
    }

    [ToolFact("unshare")]
    public async Task A_full_file_system_is_told_and_leaves_nothing()
    {
        // A file system of 4 MiB, in a name space of its own, which also most unprivileged users may have. Where it is refused (some
        // containers), the limit on the length of files stands in.
        await FolderObjectStore.Create(StorePath).DisposeAsync();
        bool mounts = (await ChildProcess.RunAsync("unshare", "-rm", "mount", "-t", "tmpfs", "none", StorePath)).ExitCode == 0;
        string[] fill = ChildProcess.CommandLine(StoreChild.Task, "fill", StorePath, "Unnamed", mounts ? "" : "limit");
        if (mounts) fill = ["unshare", "-rm", "sh", "-c", $"mount -t tmpfs -o size=4m none '{StorePath}' && exec \"$0\" \"$@\"", .. fill];
        (int exitCode, string output, string error) = await ChildProcess.RunAsync(fill);
        Assert.True(exitCode == 0, error);
        AssertFull(output);
        if (mounts) Assert.Contains(System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(28), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abandoned_temporaries_are_cleared_and_those_in_use_are_not()
    {
        await using FolderObjectStore first = FolderObjectStore.Create(StorePath, FolderPublishing.Link);
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var held = new ObservedMemory([1, 2, 3], () =>
        {
            reached.Set();
            go.Wait();
        });
        Task<bool> put = Task.Run(async () => await first.PutNewAsync("packs/00/slow", new ReadOnlySequence<byte>(held.Memory), default));
        reached.Wait();
        string inUse = Assert.Single(Temporaries());
        // One of a process that was killed, one of another host, and something else.
        string abandoned = inUse[..^4] + "dead";
        string others = Path.Join(TemporariesPath, ".00000000-" + Path.GetFileName(inUse)[10..]);
        string alien = Path.Join(TemporariesPath, "alien");
        foreach (string path in new[] { abandoned, others, alien }) await File.WriteAllTextAsync(path, "half");

        await using FolderObjectStore second = FolderObjectStore.Open(StorePath, FolderPublishing.Link);
        Assert.True(await second.PutNewAsync("packs/00/fast", new ReadOnlySequence<byte>([1]), default));
        Assert.Equal(new[] { inUse, others, alien }.Order(StringComparer.Ordinal), Temporaries().Order(StringComparer.Ordinal));

        go.Set();
        Assert.True(await put);
        Assert.Equal(new byte[] { 1, 2, 3 }, await second.GetAsync("packs/00/slow", 10, default));
        Assert.False(Path.Exists(inUse));
    }

    [Theory]
    [InlineData(FolderPublishing.Link, false)]
    [InlineData(FolderPublishing.Rename, false)]
    [InlineData(FolderPublishing.Link, true)]
    internal async Task A_put_whose_temporary_is_deleted_by_others_is_written_again(FolderPublishing publishing, bool replace)
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath, publishing);
        int written = 0;
        int deletions = 1;
        var content = new ObservedMemory([1, 2, 3], () =>
        {
            if (++written > deletions) return;
            foreach (string path in Temporaries()) File.Delete(path);
        });
        if (replace) await store.PutAsync("keys/a", new ReadOnlySequence<byte>(content.Memory), default);
        else Assert.True(await store.PutNewAsync("keys/a", new ReadOnlySequence<byte>(content.Memory), default));
        Assert.Equal(2, written);
        Assert.Equal(new byte[] { 1, 2, 3 }, await store.GetAsync("keys/a", 10, default));

        deletions = int.MaxValue;
        StoreException failure = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            if (replace) await store.PutAsync("keys/b", new ReadOnlySequence<byte>(content.Memory), default);
            else await store.PutNewAsync("keys/b", new ReadOnlySequence<byte>(content.Memory), default);
        });
        Assert.True(failure.IsTransient);
        Assert.Equal(-1, await store.GetLengthAsync("keys/b", default));
    }

    private static void AssertFull(string output)
    {
        string[] lines = output.Split('\n');
        Assert.StartsWith("Full: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("packs/00/full", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Full: ", lines[1], StringComparison.Ordinal);
        Assert.Equal("True", lines[2]);
        Assert.Equal("packs/00/small", lines[3]);
    }

    private string[] Temporaries() => Directory.GetFiles(TemporariesPath, "*", Everything);
}
