using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>What every implementation of <see cref="IFileSystem"/> does alike, on real files.</summary>
public abstract class FolderContract : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly IFileSystem _fileSystem;
    private readonly IFolder _folder;

    private protected FolderContract(IFileSystem fileSystem)
    {
        _fileSystem = fileSystem;
        _folder = fileSystem.OpenFolder(_temporary.Path);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
        GC.SuppressFinalize(this);
    }

    private static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    private void Put(string name, string content = "content") => Put(_folder, name, content);

    private static void Put(IFolder folder, string name, string content)
    {
        using IWritableFile file = folder.CreateTemporaryFile();
        file.Write(B(content), 0);
        folder.Rename(file.Name, B(name), replace: false);
    }

    private string Read(string name)
    {
        using IReadableFile file = _folder.OpenFile(B(name));
        var content = new byte[100];
        int length = 0, count;
        while ((count = file.Read(content.AsSpan(length), length)) > 0) length += count;
        return Encoding.UTF8.GetString(content, 0, length);
    }

    private string[] Names() => [.. FolderNames.Of(_folder).Select(Encoding.UTF8.GetString).Order(StringComparer.Ordinal)];

    private static void Fails(PlatformFailure failure, Action call) => Assert.Equal(failure, Assert.Throws<PlatformException>(call).Failure);

    [Fact]
    public void Names_of_every_form_are_listed_as_they_were_made()
    {
        string[] names = ["a b", " ", "...", "-rf", "line\nbreak", "back\\slash", "tab\t\"quote'", "*?[x]", "größe", "日本", "\U0001F600", new string('n', 255)];
        foreach (string name in names) Put(name, name);

        Assert.Equal(names.Order(StringComparer.Ordinal), Names());
        Assert.Equal(names.Order(StringComparer.Ordinal), Names());
        foreach (string name in names) Assert.Equal(name[..Math.Min(name.Length, 25)], Read(name)[..Math.Min(name.Length, 25)]);
    }

    [Fact]
    public void Many_items_looked_at_at_once_are_as_each_by_itself()
    {
        foreach (string name in new[] { "b", "a", "c", "größe", new string('n', 255) }) Put(name, name);
        _folder.CreateFolder(B("folder"));
        if (!OperatingSystem.IsWindows()) _folder.CreateSymbolicLink(B("link"), B("nowhere"));
        using IFolder again = _fileSystem.OpenFolder(_temporary.Path);
        var names = new NameList();
        names.Add("what an earlier folder has left"u8);
        again.ReadNames(names);
        names.Sort();
        Assert.Equal(Names(), Enumerable.Range(0, names.Count).Select(i => Encoding.UTF8.GetString(names[i])).Order(StringComparer.Ordinal));

        File.Delete(_temporary["b"]);
        int gone = Enumerable.Range(0, names.Count).Single(i => names[i].SequenceEqual("b"u8));
        var failures = new List<(int, PlatformFailure)>();
        var infos = new ItemInfo[names.Count - 1];
        again.GetInfos(names, 1, infos, (number, e) => failures.Add((number, e.Failure)));
        Assert.Equal([(gone, PlatformFailure.NotFound)], failures);
        for (int i = 1; i < names.Count; i++)
        {
            if (i != gone) Assert.Equal(again.GetInfo(names[i].ToArray()), infos[i - 1]);
        }
    }

    [Fact]
    public void A_large_folder_is_listed_completely()
    {
        for (int i = 0; i < 3000; i++) File.WriteAllText(_temporary[$"a-name-of-some-length-{i:d5}"], "");

        Assert.Equal(Enumerable.Range(0, 3000).Select(i => $"a-name-of-some-length-{i:d5}"), Names());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/etc")]
    [InlineData("a\0b")]
    public void A_name_that_is_no_single_segment_is_refused_everywhere(string text)
    {
        byte[] name = B(text), good = B("good");
        Put("good");
        Action[] calls =
        [
            () => _folder.GetInfo(name),
            () => _folder.TryGetInfo(name, out _),
            () => _folder.OpenFolder(name),
            () => _folder.OpenFile(name),
            () => _folder.ReadLink(name),
            () => _folder.CreateFolder(name),
            () => _folder.CreateSymbolicLink(name, good),
            () => _folder.CreateHardLink(_folder, name, good),
            () => _folder.CreateHardLink(_folder, good, name),
            () => _folder.Rename(good, name, replace: true),
            () => _folder.Rename(name, good, replace: false),
            () => _folder.Delete(name),
            () => _folder.DeleteFolder(name),
            () => _folder.SetMode(name, 0),
            () => _folder.SetModified(name, default),
            () => _folder.SetWindowsAttributes(name, 0),
        ];

        foreach (Action call in calls) Assert.Throws<ArgumentException>(call);
        Assert.Equal(["good"], Names());
    }

    [Fact]
    public void Content_is_written_and_read_at_positions()
    {
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.Write(B("world"), 6);
        file.Write(B("hello "), 0);
        file.SetLength(14);
        file.Sync();
        _folder.Rename(file.Name, B("f"), replace: false);

        Assert.Equal("hello world\0\0\0", Read("f"));
        using IReadableFile read = _folder.OpenFile(B("f"));
        read.AdviseSequential();
        var tail = new byte[5];
        Assert.Equal(5, read.Read(tail, 6));
        Assert.Equal("world", Encoding.UTF8.GetString(tail));
        Assert.Equal(0, read.Read(tail, 14));
        Assert.Equal(14, read.GetInfo().Size);
        Assert.Equal(ItemKind.File, read.GetInfo().Kind);
    }

    [Fact]
    public void A_temporary_file_has_a_name_of_its_own_and_mode_0600_and_stays_when_closed()
    {
        byte[] first, second;
        using (IWritableFile a = _folder.CreateTemporaryFile())
        using (IWritableFile b = _folder.CreateTemporaryFile()) (first, second) = (a.Name, b.Name);

        Assert.NotEqual(first, second);
        Assert.All(Names(), name => Assert.StartsWith(".backupps-", name, StringComparison.Ordinal));
        Assert.Equal(2, Names().Length);
        Assert.Equal(0x180u, _folder.GetInfo(first).Mode);
    }

    [Fact]
    public void Kinds_and_sizes_are_told()
    {
        Put("file", "12345");
        _folder.CreateFolder(B("folder"));
        _folder.CreateSymbolicLink(B("link"), B("file"));

        Assert.Equal((ItemKind.File, 5), (_folder.GetInfo(B("file")).Kind, _folder.GetInfo(B("file")).Size));
        Assert.Equal((ItemKind.Directory, 0x1C0u), (_folder.GetInfo(B("folder")).Kind, _folder.GetInfo(B("folder")).Mode));
        Assert.Equal((ItemKind.SymbolicLink, 4), (_folder.GetInfo(B("link")).Kind, _folder.GetInfo(B("link")).Size));
        Assert.Equal(ItemKind.Directory, _folder.GetInfo().Kind);
        Assert.Equal(0x1EDu, _folder.GetInfo().Mode);
    }

    [Fact]
    public void Twelve_mode_bits_are_set_on_files_and_folders()
    {
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.SetMode(0xDED); // 6755
        _folder.CreateFolder(B("sticky"));
        _folder.SetMode(B("sticky"), 0x3FF); // 1777

        Assert.Equal(0xDEDu, _folder.GetInfo(file.Name).Mode);
        Assert.Equal(0x3FFu, _folder.GetInfo(B("sticky")).Mode);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.SetMode(0x1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => _folder.SetMode(B("sticky"), 0x1000));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1_700_000_000, 123_456_700)]
    [InlineData(-1, 999_999_900)]
    [InlineData(-86_400 * 365, 100)]
    [InlineData(5_000_000_000, 0)]
    public void Times_are_set_to_what_dotnet_can_say(long seconds, int nanoseconds)
    {
        var time = new FileTime(seconds, nanoseconds);
        _folder.CreateFolder(B("folder"));
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.Write(B("x"), 0);
        file.SetModified(time);
        _folder.SetModified(B("folder"), time);

        Assert.Equal(time, _folder.GetInfo(file.Name).Modified);
        Assert.Equal(time, _folder.GetInfo(B("folder")).Modified);
        _folder.SetModified(file.Name, new FileTime(5, 0));
        Assert.Equal(new FileTime(5, 0), _folder.GetInfo(file.Name).Modified);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("/absolute/and/dangling")]
    [InlineData("../..//odd/./path/")]
    [InlineData("with space\nand line\\break")]
    public void A_link_keeps_its_target_as_it_is(string target)
    {
        _folder.CreateSymbolicLink(B("link"), B(target));

        Assert.Equal(target, Encoding.UTF8.GetString(_folder.ReadLink(B("link"))));
        Assert.Equal(ItemKind.SymbolicLink, _folder.GetInfo(B("link")).Kind);
    }

    [Fact]
    public void A_link_is_never_followed_by_name()
    {
        _folder.CreateFolder(B("folder"));
        Put("file", "precious");
        _folder.SetModified(B("file"), new FileTime(1000, 0));
        _folder.CreateSymbolicLink(B("to-folder"), B("folder"));
        _folder.CreateSymbolicLink(B("to-file"), B("file"));
        uint mode = _folder.GetInfo(B("file")).Mode;

        Fails(PlatformFailure.NotAFolder, () => _folder.OpenFolder(B("to-folder")));
        Fails(PlatformFailure.NotAFile, () => _folder.OpenFile(B("to-file")));
        Fails(PlatformFailure.NotSupported, () => _folder.SetMode(B("to-file"), 0x1FF));
        Fails(PlatformFailure.NotAFolder, () => _folder.DeleteFolder(B("to-folder")));
        _folder.SetModified(B("to-file"), new FileTime(2000, 0));
        Assert.Equal(new FileTime(2000, 0), _folder.GetInfo(B("to-file")).Modified);
        Assert.Equal(new FileTime(1000, 0), _folder.GetInfo(B("file")).Modified);
        Assert.Equal(mode, _folder.GetInfo(B("file")).Mode);
        _folder.Delete(B("to-file"));
        _folder.Delete(B("to-folder"));
        Assert.Equal(["file", "folder"], Names());
        Assert.Equal("precious", Read("file"));
    }

    [Fact]
    public void Only_the_last_part_of_a_path_is_not_followed()
    {
        _folder.CreateFolder(B("folder"));
        _folder.CreateSymbolicLink(B("link"), B("folder"));
        using (IFolder inner = _fileSystem.OpenFolder(_temporary["link"])) Put(inner, "f", "1");

        Assert.Equal(ItemKind.SymbolicLink, _fileSystem.GetInfo(_temporary["link"]).Kind);
        Assert.Equal(ItemKind.SymbolicLink, _fileSystem.GetInfo(_temporary["link"] + "/").Kind);
        Assert.Equal(ItemKind.File, _fileSystem.GetInfo(_temporary["link/f"]).Kind);
        Assert.Equal(ItemKind.Directory, _fileSystem.GetInfo("/").Kind);
        Fails(PlatformFailure.NotFound, () => _fileSystem.GetInfo(_temporary["absent"]));
        Fails(PlatformFailure.NotFound, () => _fileSystem.OpenFolder(_temporary["absent"]));
        Fails(PlatformFailure.NotAFolder, () => _fileSystem.OpenFolder(_temporary["link/f"]));
        Assert.Throws<ArgumentException>(() => _fileSystem.OpenFolder("relative"));
        Assert.Throws<ArgumentException>(() => _fileSystem.GetInfo(""));
        Assert.Throws<ArgumentException>(() => _fileSystem.GetInfo("/a\0b"));
    }

    [Fact]
    public void What_vanished_after_the_listing_is_not_found()
    {
        Put("f");
        Assert.True(_folder.TryGetInfo(B("f"), out ItemInfo info));
        Assert.Equal(7, info.Size);
        File.Delete(_temporary["f"]);

        Assert.False(_folder.TryGetInfo(B("f"), out _));
        Fails(PlatformFailure.NotFound, () => _folder.GetInfo(B("f")));
        Fails(PlatformFailure.NotFound, () => _folder.OpenFile(B("f")));
        Fails(PlatformFailure.NotFound, () => _folder.OpenFolder(B("f")));
        Fails(PlatformFailure.NotFound, () => _folder.ReadLink(B("f")));
        Fails(PlatformFailure.NotFound, () => _folder.DeleteFolder(B("f")));
        Fails(PlatformFailure.NotFound, () => _folder.Rename(B("f"), B("g"), replace: true));
        Fails(PlatformFailure.NotFound, () => _folder.Rename(B("f"), B("g"), replace: false));
        _folder.Delete(B("f"));
    }

    [Fact]
    public void Wrong_kinds_are_told()
    {
        Put("file");
        _folder.CreateFolder(B("folder"));

        Fails(PlatformFailure.NotAFile, () => _folder.OpenFile(B("folder")));
        Fails(PlatformFailure.NotAFolder, () => _folder.OpenFolder(B("file")));
        Fails(PlatformFailure.NotAFile, () => _folder.Delete(B("folder")));
        Fails(PlatformFailure.NotAFolder, () => _folder.DeleteFolder(B("file")));
        Assert.Equal(["file", "folder"], Names());
    }

    [Fact]
    public async Task A_fifo_is_no_file_and_blocks_nobody()
    {
        using (IFolder linux = PlatformFileSystem.Create().OpenFolder(_temporary.Path)) linux.CreateNode(B("fifo"), ItemKind.Fifo, 0, 0);

        Assert.Equal(ItemKind.Fifo, _folder.GetInfo(B("fifo")).Kind);
        await Task.Run(() => Fails(PlatformFailure.NotAFile, () => _folder.OpenFile(B("fifo")))).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_hard_link_is_another_name_of_the_file()
    {
        Put("file", "old");
        _folder.CreateFolder(B("folder"));
        using IFolder inner = _folder.OpenFolder(B("folder"));
        inner.CreateHardLink(_folder, B("file"), B("other"));
        File.WriteAllText(_temporary["file"], "new");

        Assert.Equal("new", File.ReadAllText(_temporary["folder/other"]));
        Fails(PlatformFailure.Exists, () => inner.CreateHardLink(_folder, B("file"), B("other")));
        Fails(PlatformFailure.NotFound, () => inner.CreateHardLink(_folder, B("absent"), B("third")));
    }

    [Fact]
    public void Creating_over_something_fails()
    {
        Put("taken", "kept");

        Fails(PlatformFailure.Exists, () => _folder.CreateFolder(B("taken")));
        Fails(PlatformFailure.Exists, () => _folder.CreateSymbolicLink(B("taken"), B("x")));
        Assert.Equal("kept", Read("taken"));
    }

    [Fact]
    public void Renaming_replaces_only_where_it_may()
    {
        Put("a", "1");
        Put("b", "2");
        _folder.CreateFolder(B("folder"));

        Fails(PlatformFailure.Exists, () => _folder.Rename(B("a"), B("b"), replace: false));
        Assert.Equal(("1", "2"), (Read("a"), Read("b")));
        _folder.Rename(B("a"), B("b"), replace: true);
        Assert.Equal("1", Read("b"));
        Fails(PlatformFailure.NotAFile, () => _folder.Rename(B("b"), B("folder"), replace: true));
        Fails(PlatformFailure.Exists, () => _folder.Rename(B("folder"), B("b"), replace: false));
        _folder.Rename(B("folder"), B("moved"), replace: false);
        Assert.Equal(["b", "moved"], Names());
    }

    [Fact]
    public void Moving_into_another_folder_replaces_only_where_it_may()
    {
        _folder.CreateFolder(B("other"));
        using IFolder other = _folder.OpenFolder(B("other"));
        Put("a", "from");
        Put(other, "b", "there");
        Fails(PlatformFailure.Exists, () => _folder.Move(B("a"), other, B("b"), replace: false));
        _folder.Move(B("a"), other, B("b"), replace: true);
        Assert.Equal(["b"], FolderNames.Of(other).Select(Encoding.UTF8.GetString));
        Assert.Equal(["other"], Names());
        other.Move(B("b"), _folder, B("back"), replace: false);
        Assert.Equal("from", Read("back"));

        // Two names of one file: the old one goes.
        other.CreateHardLink(_folder, B("back"), B("twin"));
        other.Move(B("twin"), _folder, B("back"), replace: true);
        Assert.Empty(FolderNames.Of(other));
        Assert.Equal("from", Read("back"));

        _folder.CreateFolder(B("moved"));
        _folder.Move(B("moved"), other, B("in"), replace: false);
        Assert.Equal(ItemKind.Directory, other.GetInfo(B("in")).Kind);
        Fails(PlatformFailure.NotFound, () => _folder.Move(B("moved"), other, B("again"), replace: false));
    }

    [Fact]
    public void A_file_that_is_there_is_opened_to_change_parts_of_it()
    {
        Put("a", "0123456789");
        _folder.CreateFolder(B("folder"));
        if (!OperatingSystem.IsWindows()) _folder.CreateSymbolicLink(B("link"), B("a"));
        Fails(PlatformFailure.NotFound, () => _folder.OpenForWriting(B("none")));
        Fails(PlatformFailure.NotAFile, () => _folder.OpenForWriting(B("folder")));
        if (!OperatingSystem.IsWindows()) Fails(PlatformFailure.NotAFile, () => _folder.OpenForWriting(B("link")));
        using (IWritableFile file = _folder.OpenForWriting(B("a"))) file.Write(B("xy"), 3);
        Assert.Equal("012xy56789", Read("a"));
    }

    [Fact]
    public void A_clone_or_a_hole_is_made_or_refused_and_nothing_in_between()
    {
        Put("a", "0123456789");
        using (IReadableFile source = _folder.OpenFile(B("a")))
        using (IWritableFile file = _folder.CreateTemporaryFile())
        {
            bool cloned = file.TryClone(source);
            _folder.Rename(file.Name, B("clone"), replace: false);
            Assert.Equal(cloned ? "0123456789" : "", Read("clone"));
        }

        using (IWritableFile file = _folder.OpenForWriting(B("a"))) Assert.Equal(file.TryPunchHole(2, 3) ? "01\0\0\056789" : "0123456789", Read("a"));
    }

    [Fact]
    public void A_folder_keeps_the_time_that_it_is_given()
    {
        _folder.CreateFolder(B("inner"));
        using IFolder inner = _folder.OpenFolder(B("inner"));
        inner.SetModified(new FileTime(981173106, 123456700));
        Assert.Equal(new FileTime(981173106, 123456700), inner.GetInfo().Modified);
        Assert.Equal(new FileTime(981173106, 123456700), _folder.GetInfo(B("inner")).Modified);
    }

    [Fact]
    public void Of_two_racing_renames_without_replacement_one_wins()
    {
        using var barrier = new Barrier(2);
        for (int round = 0; round < 500; round++)
        {
            File.WriteAllText(_temporary["left"], "left");
            File.WriteAllText(_temporary["right"], "right");
            bool[] won = new bool[2];
            Parallel.Invoke(() => won[0] = Race("left"), () => won[1] = Race("right"));

            Assert.True(won[0] ^ won[1], $"Round {round}: {won[0]}, {won[1]}");
            Assert.Equal(won[0] ? "left" : "right", Read("target"));
            _folder.Delete(B("target"));
            _folder.Delete(B(won[0] ? "right" : "left"));
        }

        bool Race(string name)
        {
            barrier.SignalAndWait();
            try
            {
                _folder.Rename(B(name), B("target"), replace: false);
                return true;
            }
            catch (PlatformException e) when (e.Failure == PlatformFailure.Exists)
            {
                return false;
            }
        }
    }

    [Fact]
    public void A_folder_with_something_in_it_is_not_deleted()
    {
        _folder.CreateFolder(B("folder"));
        using (IFolder inner = _folder.OpenFolder(B("folder"))) Put(inner, "f", "1");

        Fails(PlatformFailure.NotEmpty, () => _folder.DeleteFolder(B("folder")));
        File.Delete(_temporary["folder/f"]);
        _folder.DeleteFolder(B("folder"));
        Assert.Empty(Names());
    }

    [Fact]
    public void There_is_space_and_it_can_be_synced()
    {
        Assert.InRange(_folder.GetFreeSpace(), 1, long.MaxValue);
        _ = _folder.TrySync();
        _folder.SyncFileSystem();
        _folder.SetWindowsAttributes(B("whatever"), 0x20);
        Assert.Empty(Names());
    }

    [Fact]
    public void A_file_without_holes_is_one_extent()
    {
        Put("f", "12345");
        using IReadableFile file = _folder.OpenFile(B("f"));

        Assert.Equal([new FileExtent(0, 5)], file.GetDataExtents(5));
        Assert.Empty(file.GetDataExtents(0));
    }

    [Fact]
    public void Who_may_not_read_is_denied()
    {
        Put("secret");
        _folder.CreateFolder(B("closed"));
        _folder.CreateFolder(B("listed"));
        using (IFolder listed = _folder.OpenFolder(B("listed"))) Put(listed, "inner", "1");
        _folder.SetMode(B("secret"), 0);
        _folder.SetMode(B("closed"), 0);
        _folder.SetMode(B("listed"), 0x124); // 0444: names, but nothing behind them

        UnprivilegedThread.Run(() =>
        {
            Fails(PlatformFailure.Denied, () => _folder.OpenFile(B("secret")));
            Fails(PlatformFailure.Denied, () =>
            {
                using IFolder closed = _folder.OpenFolder(B("closed"));
                closed.ReadNames(new NameList());
            });
            using IFolder listed = _folder.OpenFolder(B("listed"));
            List<byte[]> names = FolderNames.Of(listed);
            Assert.Equal(B("inner"), Assert.Single(names));
            Fails(PlatformFailure.Denied, () => listed.GetInfo(names[0]));
        });
        _folder.SetMode(B("listed"), 0x1C0);
    }

    [Fact]
    public void Who_may_not_write_is_denied()
    {
        Put("file");
        _folder.SetMode(B("file"), 0x1A4);
        _temporary.SetMode("", 0x16D); // 0555: not for its owner either

        UnprivilegedThread.Run(() =>
        {
            Fails(PlatformFailure.Denied, () => _folder.CreateTemporaryFile());
            Fails(PlatformFailure.Denied, () => _folder.CreateFolder(B("new")));
            Fails(PlatformFailure.Denied, () => _folder.Rename(B("file"), B("other"), replace: true));
            Fails(PlatformFailure.Denied, () => _folder.Delete(B("file")));
            Assert.Equal("content", Read("file"));
        });
        _temporary.SetMode("", 0x1ED);
        Assert.Equal(["file"], Names());
    }
}
