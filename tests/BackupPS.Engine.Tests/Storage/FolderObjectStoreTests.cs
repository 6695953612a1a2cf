using System.Buffers;
using System.Diagnostics;
using System.Runtime.Versioning;
using BackupPS.Engine.Operations;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Folder;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>What a folder adds to the contract: places, modes, links, leftovers of others.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FolderObjectStoreTests : IDisposable
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, RecurseSubdirectories = true };

    private readonly TemporaryFolder _folder = new();

    private string StorePath => Path.Join(_folder.Path, "store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_store_has_its_folders_from_the_start()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(Path.Join(_folder.Path, "above", "and above", "store"));
        string path = Path.Join(_folder.Path, "above", "and above", "store");

        string[] expected = ["index", "keys", "notes", "packs", "parity", "removed", "retired", "sessions", "snapshots", "sweepers", "tmp"];
        Assert.Equal(expected, Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Enumerable.Range(0, 256).Select(i => i.ToString("x2", null)), Directory.EnumerateDirectories(Path.Join(path, "packs")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(path, store.Location);
    }

    [Theory]
    [InlineData("000", "Unnamed")]
    [InlineData("000", "Link")]
    [InlineData("077", "Unnamed")]
    [InlineData("077", "Rename")]
    [InlineData("0377", "Link")]
    public async Task Modes_are_0600_and_0700_whatever_the_umask(string mask, string publishing)
    {
        (int exitCode, _, string error) = await ChildProcess.RunAsync(["sh", "-c", $"umask {mask}; exec \"$0\" \"$@\"", .. ChildProcess.CommandLine(StoreChild.Task, "create", StorePath, publishing)]);
        Assert.True(exitCode == 0, error);

        string[] objects = ["later/made/object", "packs/00/new", "snapshots/replaced"];
        Assert.Equal(objects, Directory.EnumerateFiles(StorePath, "*", Everything).Select(path => Path.GetRelativePath(StorePath, path)).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(StorePath, "*", Everything), path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.All(Directory.EnumerateDirectories(StorePath, "*", Everything).Append(StorePath), path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task A_folder_that_is_there_becomes_a_store_and_keeps_its_mode()
    {
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
        Directory.CreateDirectory(StorePath);
        File.SetUnixFileMode(StorePath, Shared);

        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);

        Assert.Equal(Shared, File.GetUnixFileMode(StorePath));
        Assert.True(await store.PutNewAsync("keys/a", One, default));
    }

    [Fact]
    public async Task Opening_and_reading_change_nothing_even_where_empty_folders_were_lost()
    {
        await using (FolderObjectStore made = FolderObjectStore.Create(StorePath)) await made.PutNewAsync("packs/00/a", One, default);
        foreach (string folder in Directory.EnumerateDirectories(StorePath, "*", Everything).OrderDescending(StringComparer.Ordinal).ToArray())
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }

        string before = Describe();
        await using FolderObjectStore store = FolderObjectStore.Open(StorePath);
        Assert.Equal([new("packs/00/a", 1)], await ListAsync(store, ""));
        Assert.Empty(await ListAsync(store, "snapshots/"));
        Assert.Null(await store.GetAsync("keys/none", 10, default));
        Assert.Equal(-1, await store.GetLengthAsync("packs/01/none", default));
        await store.DeleteAsync("packs/01/none", default);
        Assert.Equal(1, await store.ReadAsync("packs/00/a", 0, new byte[1], default));
        Assert.Equal(before, Describe());

        // The next put makes what it needs.
        Assert.True(await store.PutNewAsync("packs/01/b", One, default));
        await store.PutAsync("snapshots/c", One, default);
        Assert.Equal([new("packs/00/a", 1), new("packs/01/b", 1), new("snapshots/c", 1)], await ListAsync(store, ""));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_unreachable()
    {
        string missing = Path.Join(_folder.Path, "missing");
        StoreException failure = Assert.Throws<StoreException>(() => FolderObjectStore.Open(missing));
        Assert.Equal(StoreFailure.Unreachable, failure.Failure);
        Assert.Contains(missing, failure.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(missing));

        await File.WriteAllTextAsync(missing, "a file");
        Assert.Equal(StoreFailure.Unreachable, Assert.Throws<StoreException>(() => FolderObjectStore.Open(missing)).Failure);
        Assert.Equal(StoreFailure.Unreachable, Assert.Throws<StoreException>(() => FolderObjectStore.Create(missing)).Failure);
    }

    [Theory]
    [InlineData(FolderPublishing.Unnamed)]
    [InlineData(FolderPublishing.Link)]
    internal async Task A_folder_that_vanishes_under_an_open_store_is_unreachable_and_not_empty(FolderPublishing publishing)
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath, publishing);
        await store.PutNewAsync("packs/00/a", One, default);
        Directory.Delete(StorePath, recursive: true);

        Func<Task>[] calls =
        [
            async () => await store.PutNewAsync("packs/00/b", One, default),
            async () => await store.PutAsync("packs/00/b", One, default),
            async () => await store.GetAsync("packs/00/a", 10, default),
            async () => await store.ReadAsync("packs/00/a", 0, new byte[1], default),
            async () => await store.GetLengthAsync("packs/00/a", default),
            async () => await ListAsync(store, "packs/"),
            async () => await store.DeleteAsync("packs/00/a", default),
        ];
        foreach (Func<Task> call in calls)
        {
            StoreException failure = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal(StoreFailure.Unreachable, failure.Failure);
            Assert.Contains(StorePath, failure.Message, StringComparison.Ordinal);
        }

        Assert.False(Path.Exists(StorePath));
    }

    [Fact]
    public async Task A_link_to_the_folder_is_followed()
    {
        await using (FolderObjectStore made = FolderObjectStore.Create(StorePath)) await made.PutNewAsync("keys/a", One, default);
        string link = Path.Join(_folder.Path, "link");
        Directory.CreateSymbolicLink(link, "store");

        await using FolderObjectStore store = FolderObjectStore.Open(link + "/");
        Assert.Equal([new("keys/a", 1)], await ListAsync(store, ""));
    }

    [Fact]
    public async Task A_link_in_an_objects_place_is_never_followed()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        string secret = Path.Join(_folder.Path, "secret");
        await File.WriteAllTextAsync(secret, "secret");
        string link = Path.Join(StorePath, "keys", "link");
        File.CreateSymbolicLink(link, secret);

        await AssertUnavailableAsync(store, "keys/link");
        await AssertDamagedAsync(async () => await store.PutNewAsync("keys/link", One, default));
        Assert.Equal([new("keys/link", StoredObject.NoLength)], await ListAsync(store, ""));

        await store.PutAsync("keys/link", One, default);
        Assert.Null(new FileInfo(link).LinkTarget);
        File.Delete(link);
        File.CreateSymbolicLink(link, secret);
        await store.DeleteAsync("keys/link", default);
        Assert.False(Path.Exists(link));
        Assert.Equal("secret", await File.ReadAllTextAsync(secret));
    }

    [Fact]
    public async Task A_link_in_a_folders_place_is_never_followed()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        string elsewhere = Directory.CreateDirectory(Path.Join(_folder.Path, "elsewhere")).FullName;
        await File.WriteAllTextAsync(Path.Join(elsewhere, "a"), "precious");
        Directory.Delete(Path.Join(StorePath, "keys"));
        Directory.CreateSymbolicLink(Path.Join(StorePath, "keys"), elsewhere);

        await AssertUnavailableAsync(store, "keys/a");
        await AssertDamagedAsync(async () => await store.PutNewAsync("keys/b", One, default));
        await AssertDamagedAsync(async () => await store.PutAsync("keys/a", One, default));
        await AssertDamagedAsync(async () => await store.DeleteAsync("keys/a", default));
        await AssertDamagedAsync(async () => await ListAsync(store, "keys/"));
        Assert.Equal([new("keys", StoredObject.NoLength)], await ListAsync(store, ""));
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Join(elsewhere, "a")));
        Assert.Single(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    [Fact]
    public async Task A_fifo_in_an_objects_place_does_not_hold_anybody_up()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", Path.Join(StorePath, "keys", "fifo"))).ExitCode);

        var clock = Stopwatch.StartNew();
        await AssertUnavailableAsync(store, "keys/fifo");
        await AssertDamagedAsync(async () => await store.PutNewAsync("keys/fifo", One, default));
        Assert.Equal([new("keys/fifo", StoredObject.NoLength)], await ListAsync(store, "keys/"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_folder_in_an_objects_place_is_no_object_and_in_the_way()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        Directory.CreateDirectory(Path.Join(StorePath, "keys", "folder"));

        await AssertUnavailableAsync(store, "keys/folder");
        Assert.Equal([new("keys/folder", StoredObject.NoLength)], await ListAsync(store, "keys/"));
        await File.WriteAllTextAsync(Path.Join(StorePath, "keys", "folder", "inside"), "");
        Assert.Equal([new("keys/folder", StoredObject.NoLength)], await ListAsync(store, ""));
        File.Delete(Path.Join(StorePath, "keys", "folder", "inside"));
        await AssertDamagedAsync(async () => await store.PutNewAsync("keys/folder", One, default));
        await AssertDamagedAsync(async () => await store.PutAsync("keys/folder", One, default));
        await store.DeleteAsync("keys/folder", default);
        Assert.True(Directory.Exists(Path.Join(StorePath, "keys", "folder")));
        Assert.Empty(Directory.EnumerateFiles(StorePath, "*", Everything));
    }

    [Fact]
    public async Task A_listing_leaves_out_what_no_store_would_have_put_there()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        await store.PutNewAsync("index/a", One, default);
        string script = """
            cd "$0" && touch .DS_Store index/.a.swp 'index/a~' index/A 'index/a b' tmp/.left "index/$(printf 'x\377')" "index/$(printf 'x\nx')" &&
            mkdir -p lost+found .snapshots/index one/two/three/four && touch lost+found/b .snapshots/index/a one/two/three/four/five
            """;
        (int exitCode, _, string error) = await ChildProcess.RunAsync("sh", "-c", script, StorePath);
        Assert.True(exitCode == 0, error);

        Assert.Equal([new("index/a", 1)], await ListAsync(store, ""));
        Assert.Equal([new("index/a", 1)], await ListAsync(store, "index/"));
        Assert.Empty(await ListAsync(store, "tmp/"));
        (exitCode, _, error) = await ChildProcess.RunAsync("sh", "-c", "rm -rf \"$0\"/index/x*", StorePath);
        Assert.True(exitCode == 0, error);
    }

    [Fact]
    public async Task The_folders_path_may_hold_bytes_that_are_not_text()
    {
        string path = Path.Join(_folder.Path, "st\udcffre");
        await using (FolderObjectStore made = FolderObjectStore.Create(path)) await made.PutNewAsync("keys/a", One, default);

        await using FolderObjectStore store = FolderObjectStore.Open(path);
        Assert.Equal([new("keys/a", 1)], await ListAsync(store, ""));
        Assert.EndsWith(@"st\xffre", store.Location, StringComparison.Ordinal);
        (int exitCode, string output, string error) = await ChildProcess.RunAsync("sh", "-c", "cd \"$0\" && cd \"$(printf 'st\\377re')\" && ls keys && cd .. && rm -r st*", _folder.Path);
        Assert.True(exitCode == 0, error);
        Assert.Equal("a\n", output);
    }

    [Fact]
    public void What_the_account_may_not_do_is_denied()
    {
        using (var made = new Owned(FolderObjectStore.Create(StorePath))) made.Put("index/a");
        string[] folders = [.. Directory.EnumerateDirectories(StorePath, "*", Everything), StorePath];
        const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(Path.Join(StorePath, "index", "a"), UnixFileMode.None);
        foreach (string folder in folders) File.SetUnixFileMode(folder, ReadOnly);
        try
        {
            UnprivilegedThread.Run(() =>
            {
                using var opened = new Owned(FolderObjectStore.Open(StorePath));
                FolderObjectStore store = opened.Store;
                AssertRefused(() => store.GetAsync("index/a", 10, default).AsTask(), "index/a");
                AssertRefused(() => store.ReadAsync("index/a", 0, new byte[1], default).AsTask(), "index/a");
                AssertDenied(() => store.PutNewAsync("index/b", One, default).AsTask(), "index/b");
                AssertDenied(() => store.PutNewAsync("new/folder/b", One, default).AsTask(), "new");
                AssertDenied(() => store.PutAsync("index/a", One, default).AsTask(), "tmp");
                AssertDenied(() => store.DeleteAsync("index/a", default).AsTask(), "index/a");
                AssertDenied(() => Task.FromResult(FolderObjectStore.Create(Path.Join(StorePath, "inner"))), "inner");
                Assert.Equal(1, store.GetLengthAsync("index/a", default).AsTask().GetAwaiter().GetResult());
            });
            File.SetUnixFileMode(StorePath, UnixFileMode.None);
            UnprivilegedThread.Run(() => AssertDenied(() => Task.FromResult(FolderObjectStore.Open(Path.Join(StorePath, "index"))), "index"));
        }
        finally
        {
            foreach (string folder in folders.Reverse()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        static void AssertRefused(Func<Task> call, string name)
        {
            BackupException refused = Assert.Throws<BackupException>(() => call().GetAwaiter().GetResult());
            Assert.Equal(("ObjectDenied", true, name), (refused.Error.Id, refused.IsUnavailable, refused.Target));
        }

        static void AssertDenied(Func<Task> call, string path)
        {
            StoreException failure = Assert.Throws<StoreException>(() => call().GetAwaiter().GetResult());
            Assert.Equal(StoreFailure.Denied, failure.Failure);
            Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(28, StoreFailure.Full)]
    [InlineData(13, StoreFailure.Denied)]
    [InlineData(1, StoreFailure.Denied)]
    [InlineData(30, StoreFailure.Denied)]
    [InlineData(5, StoreFailure.Damaged)]
    [InlineData(117, StoreFailure.Damaged)]
    [InlineData(74, StoreFailure.Damaged)]
    [InlineData(4, StoreFailure.Transient)]
    [InlineData(24, StoreFailure.Transient)]
    [InlineData(19, StoreFailure.Unreachable)]
    internal void An_error_of_the_system_is_told_by_kind_path_and_text(int errno, StoreFailure expected)
    {
        StoreException failure = UnixErrors.From(errno, "create", "/vault/packs/00/a");

        Assert.Equal(expected, failure.Failure);
        Assert.Equal(expected == StoreFailure.Transient, failure.IsTransient);
        Assert.Contains("'/vault/packs/00/a'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_differ_by_system_are_mapped_too()
    {
        UnixSystem system = UnixSystem.Current;
        Assert.Equal(StoreFailure.Full, UnixErrors.Classify(system.QuotaExceeded));
        Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(system.Again));
        Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(system.TimedOut));
        Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(system.Stale));
        foreach (int errno in UnixSystem.NetworkErrors) Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(errno));
    }

    [Fact]
    public void An_error_of_input_or_output_may_pass_where_a_server_gives_it()
    {
        Assert.Equal(StoreFailure.Damaged, UnixErrors.Classify(UnixSystem.InputOutput));
        Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(UnixSystem.InputOutput, remote: true));
        foreach (int errno in new[] { UnixSystem.NoSpace, UnixSystem.ReadOnlyFileSystem, UnixSystem.AccessDenied, UnixSystem.NotPermitted, UnixSystem.IsAFolder })
        {
            Assert.Equal(UnixErrors.Classify(errno), UnixErrors.Classify(errno, remote: true));
            Assert.NotEqual(StoreFailure.Transient, UnixErrors.Classify(errno));
        }
    }

    [Fact]
    public void A_disk_is_no_server()
    {
        if (!OperatingSystem.IsLinux()) return;
        FolderObjectStore.Create(StorePath);
        using var files = new LinuxFolderFiles(StorePath, create: false, FolderPublishing.Unnamed);
        StoreException failure = files.Failure(UnixSystem.InputOutput, "read", "packs/00/a");
        Assert.Equal(StoreFailure.Damaged, failure.Failure);
        Assert.Contains("packs/00/a", failure.Message, StringComparison.Ordinal);

        // Closed, it cannot be asked, as a mount whose server is gone.
        files.Dispose();
        Assert.Throws<ObjectDisposedException>(() => files.Failure(UnixSystem.InputOutput, "read", "packs/00/a"));
    }

    [Fact]
    public async Task Listing_by_the_runtime_and_by_the_system_agree()
    {
        await using FolderObjectStore store = FolderObjectStore.Create(StorePath);
        await store.PutNewAsync("index/a", new ReadOnlySequence<byte>(new byte[1234]), default);
        await File.WriteAllTextAsync(Path.Join(StorePath, "index", ".hidden"), "");
        Directory.CreateDirectory(Path.Join(StorePath, "index", "folder"));
        File.CreateSymbolicLink(Path.Join(StorePath, "index", "link"), "a");
        Directory.CreateSymbolicLink(Path.Join(StorePath, "index", "folder-link"), "folder");

        using FolderFiles files = FolderFiles.Open(StorePath, create: false, FolderPublishing.Unnamed);
        FolderEntry[] expected = [new("a", false, 1234), new("folder", true, 0), new("folder-link", false, StoredObject.NoLength), new("link", false, StoredObject.NoLength)];
        Assert.Equal(expected, files.ReadFolder("index").OrderBy(entry => entry.Name, StringComparer.Ordinal));
        Assert.Equal(expected, PortableFolder.Read(Path.Join(StorePath, "index")).OrderBy(entry => entry.Name, StringComparer.Ordinal));
        Assert.Empty(PortableFolder.Read(Path.Join(StorePath, "none")));
        Assert.Equal(FolderItemKind.File, PortableFolder.Inspect(Path.Join(StorePath, "index", "a"), out long length));
        Assert.Equal(1234, length);
        Assert.Equal(FolderItemKind.Folder, PortableFolder.Inspect(Path.Join(StorePath, "index"), out _));
        Assert.Equal(FolderItemKind.Other, PortableFolder.Inspect(Path.Join(StorePath, "index", "link"), out _));
        Assert.Equal(FolderItemKind.Absent, PortableFolder.Inspect(Path.Join(StorePath, "index", "none"), out _));
    }

    [Fact]
    public async Task A_closed_store_refuses_every_call()
    {
        FolderObjectStore store = FolderObjectStore.Create(StorePath);
        await store.PutNewAsync("keys/a", One, default);
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetAsync("keys/a", 10, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.PutNewAsync("keys/b", One, default));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ListAsync(store, ""));
    }

    private static ReadOnlySequence<byte> One => new([1]);

    private static async Task AssertUnavailableAsync(FolderObjectStore store, string name)
    {
        foreach (Func<Task> read in new Func<Task>[] { async () => await store.GetAsync(name, 100, default), async () => await store.ReadAsync(name, 0, new byte[6], default), async () => await store.GetLengthAsync(name, default) })
        {
            BackupException e = await Assert.ThrowsAsync<BackupException>(read);
            Assert.Equal(("ObjectDamaged", true, name), (e.Error.Id, e.IsUnavailable, e.Target));
        }
    }

    private static async Task AssertDamagedAsync(Func<Task> call) =>
        Assert.Equal(StoreFailure.Damaged, (await Assert.ThrowsAsync<StoreException>(call)).Failure);

    private static async Task<List<StoredObject>> ListAsync(FolderObjectStore store, string prefix)
    {
        var found = new List<StoredObject>();
        await foreach (StoredObject item in store.ListAsync(prefix, default)) found.Add(item);
        return found;
    }

    private string Describe() => string.Join('\n', new DirectoryInfo(StorePath).EnumerateFileSystemInfos("*", Everything).Append(new DirectoryInfo(StorePath))
        .Select(item => $"{item.FullName} {item.LastWriteTimeUtc:O} {item.UnixFileMode} {(item as FileInfo)?.Length}").Order(StringComparer.Ordinal));

    /// <summary>A store in code that must stay on its thread: the calls of a folder store end before they return.</summary>
    private sealed class Owned(FolderObjectStore store) : IDisposable
    {
        public FolderObjectStore Store => store;

        public void Put(string name) => Assert.True(store.PutNewAsync(name, One, default).AsTask().GetAwaiter().GetResult());

        public void Dispose() => store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public void A_disk_that_fails_at_a_write_has_not_hurt_what_is_stored()
    {
        const int InputOutput = 5;
        Assert.Equal(StoreFailure.Damaged, UnixErrors.Classify(InputOutput));
        Assert.Equal(StoreFailure.Unwritable, UnixErrors.Classify(InputOutput, writes: true));
        Assert.Equal(StoreFailure.Transient, UnixErrors.Classify(InputOutput, remote: true, writes: true));
        Assert.Equal(BackupError.StoreWriteFailed, StoreErrors.Translate(UnixErrors.From(InputOutput, "write", "/x", writes: true)).Error);
    }
}
