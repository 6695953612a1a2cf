using System.Diagnostics;
using System.Globalization;
using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>What only libc by bytes can do.</summary>
public sealed class LinuxFileSystemTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly LinuxFileSystem _fileSystem = new();
    private readonly IFolder _folder;

    public LinuxFileSystemTests() => _folder = _fileSystem.OpenFolder(_temporary.Path);

    public void Dispose()
    {
        _folder.Dispose();
        _temporary.Dispose();
    }

    private static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    private static void Fails(PlatformFailure failure, Action call) => Assert.Equal(failure, Assert.Throws<PlatformException>(call).Failure);

    [Fact]
    public void A_file_is_created_under_its_own_name_only_where_nothing_has_it()
    {
        using (IWritableFile file = _folder.TryCreateFile(B("file"), 0x280)!)
        {
            Assert.Equal(B("file"), file.Name);
            Assert.Equal(0x280u, _folder.GetInfo(B("file")).Mode);
            file.Write(B("content"), 0);
            file.SetMode(0x1A4);
        }

        Assert.Equal("content", File.ReadAllText(_temporary["file"]));
        _folder.CreateFolder(B("folder"));
        _folder.CreateSymbolicLink(B("link"), B("nowhere"));
        foreach (string there in new[] { "file", "folder", "link" }) Assert.Null(_folder.TryCreateFile(B(there), 0x280));
        Assert.Equal("content", File.ReadAllText(_temporary["file"]));
        Assert.False(File.Exists(_temporary["nowhere"]));
        Assert.Throws<ArgumentException>(() => _folder.TryCreateFile(B("../file"), 0x280));
        Assert.Throws<ArgumentOutOfRangeException>(() => _folder.TryCreateFile(B("other"), 0x1000));
    }

    [Fact]
    public void Names_that_are_not_utf8_are_told_apart()
    {
        byte[][] names = [[0xFF], [0xFE], [(byte)'a', 0x80, (byte)'b'], [0xC3], [0xED, 0xA0, 0x80], [.. Enumerable.Repeat((byte)0xEE, 255)]];
        foreach (byte[] name in names) _folder.CreateFolder(name);

        List<byte[]> listed = FolderNames.Of(_folder);
        Assert.Equal(names.Select(Convert.ToHexString).Order(StringComparer.Ordinal), listed.Select(Convert.ToHexString).Order(StringComparer.Ordinal));
        foreach (byte[] name in names)
        {
            using IFolder inner = _fileSystem.OpenFolder(_temporary.Path + "/" + PathText.FromBytes(name));
            Assert.Equal(_folder.GetInfo(name).Inode, inner.GetInfo().Inode);
            Assert.Empty(_folder.ReadAttributes(name, ItemKind.Directory));
        }
    }

    [Fact]
    public void A_name_of_256_bytes_is_a_clean_failure()
    {
        Fails(PlatformFailure.BadName, () => _folder.CreateFolder(B(new string('n', 256))));
        Fails(PlatformFailure.BadName, () => _folder.GetInfo(B(new string('n', 5000))));
    }

    [Theory]
    [InlineData(255, 20)]
    [InlineData(1, 3000)]
    [InlineData(100, 81)]
    public void Paths_longer_than_the_system_takes_are_opened_in_pieces(int nameLength, int depth)
    {
        byte[] name = B(new string('d', nameLength));
        var path = new StringBuilder(_temporary.Path);
        IFolder at = _fileSystem.OpenFolder(_temporary.Path);
        for (int i = 0; i < depth; i++)
        {
            at.CreateFolder(name);
            IFolder next = at.OpenFolder(name);
            at.Dispose();
            at = next;
            path.Append('/').Append('d', nameLength);
        }

        using (at)
        {
            using (IWritableFile file = at.CreateTemporaryFile()) at.Rename(file.Name, B("deep"), replace: false);
            Assert.True(path.Length > 4096);
            using IFolder opened = _fileSystem.OpenFolder(path.ToString());
            Assert.Equal(at.GetInfo().Inode, opened.GetInfo().Inode);
            Assert.Equal(at.GetInfo().Inode, _fileSystem.GetInfo(path + "/").Inode);
            Assert.Equal(ItemKind.File, _fileSystem.GetInfo(path.Append("//deep").ToString()).Kind);
            Fails(PlatformFailure.NotFound, () => _fileSystem.GetInfo(path.Append("er").ToString()));
        }
    }

    [Fact]
    public void Paths_at_the_limit_of_the_system_are_found()
    {
        // Every length around 4095, so that each way to cut is tried.
        _folder.CreateFolder(B("d"));
        for (int length = 4080; length <= 4110; length++)
        {
            string path = _temporary.Path + "/d";
            path = path.PadRight(length - 2, '/') + "/.";
            Assert.Equal(ItemKind.Directory, _fileSystem.GetInfo(path).Kind);
            _fileSystem.OpenFolder(path).Dispose();
        }
    }

    [Theory]
    [InlineData(1_700_000_000, 123_456_789)]
    [InlineData(-1, 1)]
    [InlineData(-2_000_000_000, 999_999_999)]
    [InlineData(0, 1)]
    public void Times_are_kept_to_the_nanosecond(long seconds, int nanoseconds)
    {
        var time = new FileTime(seconds, nanoseconds);
        _folder.CreateFolder(B("folder"));
        _folder.CreateSymbolicLink(B("link"), B("folder"));
        using IWritableFile file = _folder.CreateTemporaryFile();
        file.SetModified(time);
        _folder.SetModified(B("folder"), time);
        _folder.SetModified(B("link"), time);

        Assert.Equal(time, _folder.GetInfo(file.Name).Modified);
        Assert.Equal(time, _folder.GetInfo(B("folder")).Modified);
        Assert.Equal(time, _folder.GetInfo(B("link")).Modified);
        using IReadableFile read = _folder.OpenFile(file.Name);
        Assert.Equal(time, read.GetInfo().Modified);
    }

    [Fact]
    public void Metadata_is_that_of_stat()
    {
        File.WriteAllText(_temporary["f"], "12345");
        _folder.CreateHardLink(_folder, B("f"), B("g"));
        ItemInfo info = _folder.GetInfo(B("f"));

        string[] told = Run("stat", "-c", "%i %h %u %g %s %b %Hd %Ld %Y %Z", _temporary["f"]).Split(' ');
        Assert.Equal(told, new[] { $"{info.Inode}", $"{info.LinkCount}", $"{info.UserId}", $"{info.GroupId}", $"{info.Size}", $"{info.AllocatedSize / 512}", $"{info.Device >> 32}", $"{info.Device & 0xFFFFFFFF}", $"{info.Modified.Seconds}", $"{info.Changed.Seconds}" });
        Assert.Equal(2u, info.LinkCount);
        Assert.Equal(info.Inode, _folder.GetInfo(B("g")).Inode);
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }

    [Fact]
    public void Renaming_one_of_two_names_of_a_file_over_the_other_leaves_one()
    {
        File.WriteAllText(_temporary["a"], "x");
        _folder.CreateHardLink(_folder, B("a"), B("b"));
        _folder.Rename(B("a"), B("b"), replace: true);

        Assert.False(_folder.TryGetInfo(B("a"), out _));
        Assert.Equal(1u, _folder.GetInfo(B("b")).LinkCount);
        _folder.Rename(B("b"), B("b"), replace: true);
        Assert.Equal("x", File.ReadAllText(_temporary["b"]));
    }

    [Fact]
    public void Reading_does_not_touch_the_access_time()
    {
        File.WriteAllText(_temporary["f"], "x");
        var longAgo = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastAccessTimeUtc(_temporary["f"], longAgo);
        using (IReadableFile file = _folder.OpenFile(B("f"))) Assert.Equal(1, file.Read(new byte[1], 0));

        Assert.Equal(longAgo, File.GetLastAccessTimeUtc(_temporary["f"]));
    }

    [Fact]
    public void Files_of_others_can_be_read_where_their_mode_allows_it()
    {
        File.WriteAllText(_temporary["f"], "x");
        _temporary.SetMode("f", 0x1A4);

        UnprivilegedThread.Run(() =>
        {
            using IReadableFile file = _folder.OpenFile(B("f"));
            Assert.Equal(1, file.Read(new byte[10], 0));
        });
    }

    [Fact]
    public void Owners_are_set_by_root_and_refused_to_others()
    {
        File.WriteAllText(_temporary["f"], "x");
        _folder.CreateSymbolicLink(B("link"), B("f"));
        ItemInfo before = _folder.GetInfo(B("f"));
        using IWritableFile file = _folder.CreateTemporaryFile();
        if (UnprivilegedThread.ProcessIsRoot)
        {
            _folder.SetOwner(B("link"), 1234, 5678);
            file.SetOwner(1234, 5678);

            Assert.Equal((1234u, 5678u), (_folder.GetInfo(B("link")).UserId, _folder.GetInfo(B("link")).GroupId));
            Assert.Equal((1234u, 5678u), (_folder.GetInfo(file.Name).UserId, _folder.GetInfo(file.Name).GroupId));
            Assert.Equal((before.UserId, before.GroupId), (_folder.GetInfo(B("f")).UserId, _folder.GetInfo(B("f")).GroupId));
        }

        UnprivilegedThread.Run(() =>
        {
            Fails(PlatformFailure.Denied, () => _folder.SetOwner(B("f"), 1, 1));
            Fails(PlatformFailure.Denied, () => file.SetOwner(1, 1));
            Assert.False(new LinuxAccounts().CanChangeOwner);
        });
        Assert.Equal(UnprivilegedThread.ProcessIsRoot, new LinuxAccounts().CanChangeOwner);
    }

    [Fact]
    public void Fifos_and_sockets_are_made_and_told()
    {
        _folder.CreateNode(B("fifo"), ItemKind.Fifo, 0, 0);
        _folder.CreateNode(B("socket"), ItemKind.Socket, 0, 0);
        _folder.SetMode(B("socket"), 0x1FF);

        Assert.Equal((ItemKind.Fifo, 0x180u), (_folder.GetInfo(B("fifo")).Kind, _folder.GetInfo(B("fifo")).Mode));
        Assert.Equal((ItemKind.Socket, 0x1FFu), (_folder.GetInfo(B("socket")).Kind, _folder.GetInfo(B("socket")).Mode));
        Assert.Empty(_folder.ReadAttributes(B("fifo"), ItemKind.Fifo));
        Fails(PlatformFailure.NotAFile, () => _folder.OpenFile(B("socket")));
        Fails(PlatformFailure.Exists, () => _folder.CreateNode(B("fifo"), ItemKind.Fifo, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => _folder.CreateNode(B("new"), ItemKind.File, 0, 0));
    }

    [Theory]
    [InlineData(ItemKind.CharacterDevice, 1, 3)]
    [InlineData(ItemKind.BlockDevice, 259, 1_048_575)]
    [InlineData(ItemKind.BlockDevice, 4095, 256)]
    internal void Devices_are_made_by_root_and_refused_to_others(ItemKind kind, uint major, uint minor)
    {
        if (UnprivilegedThread.ProcessIsRoot)
        {
            _folder.CreateNode(B("device"), kind, major, minor);
            ItemInfo info = _folder.GetInfo(B("device"));
            Assert.Equal((kind, major, minor, 0x180u), (info.Kind, info.NodeMajor, info.NodeMinor, info.Mode));
        }

        _temporary.SetMode("", 0x1FF);
        UnprivilegedThread.Run(() => Fails(PlatformFailure.Denied, () => _folder.CreateNode(B("other"), kind, major, minor)));
    }

    [Fact]
    public void A_device_number_that_linux_does_not_have_is_refused()
    {
        Fails(PlatformFailure.NotSupported, () => _folder.CreateNode(B("device"), ItemKind.BlockDevice, 4096, 0));
        Fails(PlatformFailure.NotSupported, () => _folder.CreateNode(B("device"), ItemKind.BlockDevice, 1, 1_048_576));
    }

    [Fact]
    public void A_link_target_may_be_any_bytes_up_to_the_limit()
    {
        byte[] invalid = [0xFF, (byte)'/', 0x80];
        byte[] longest = B(new string('t', 4095));
        _folder.CreateSymbolicLink(B("a"), invalid);
        _folder.CreateSymbolicLink(B("b"), longest);

        Assert.Equal(invalid, _folder.ReadLink(B("a")));
        Assert.Equal(longest, _folder.ReadLink(B("b")));
        Assert.Throws<ArgumentException>(() => _folder.CreateSymbolicLink(B("c"), [1, 0, 2]));
    }

    [Fact]
    public void An_open_folder_is_the_same_folder_wherever_its_path_leads()
    {
        _folder.CreateFolder(B("inner"));
        using IFolder inner = _folder.OpenFolder(B("inner"));
        _folder.Rename(B("inner"), B("moved"), replace: false);
        _folder.CreateSymbolicLink(B("inner"), B("/etc"));
        inner.CreateFolder(B("here"));

        Assert.True(Directory.Exists(_temporary["moved/here"]));
        Fails(PlatformFailure.NotAFolder, () => _folder.OpenFolder(B("inner")));
    }

    [Fact]
    public void A_folder_that_was_closed_is_not_used()
    {
        IFolder closed = _fileSystem.OpenFolder(_temporary.Path);
        closed.Dispose();
        closed.Dispose();

        Assert.Throws<ObjectDisposedException>(() => closed.GetInfo());
        Assert.Throws<ObjectDisposedException>(() => closed.ReadNames(new NameList()));
        Assert.Throws<ObjectDisposedException>(() => closed.ReadAttributes(B("x"), ItemKind.Fifo));
    }

    [Fact]
    public void Opening_and_closing_many_times_leak_no_descriptor()
    {
        File.WriteAllText(_temporary["f"], "x");
        for (int i = 0; i < 20_000; i++)
        {
            using IReadableFile file = _folder.OpenFile(B("f"));
            Assert.Throws<PlatformException>(() => _folder.OpenFile(B("absent")));
            if (i % 100 == 0) Assert.Throws<PlatformException>(() => _folder.OpenFolder(B("f")));
        }

        Assert.InRange(Directory.GetFileSystemEntries("/proc/self/fd").Length, 0, 1000);
    }

    [Theory]
    [InlineData(2, PlatformFailure.NotFound)]
    [InlineData(1, PlatformFailure.Denied)]
    [InlineData(13, PlatformFailure.Denied)]
    [InlineData(17, PlatformFailure.Exists)]
    [InlineData(28, PlatformFailure.Full)]
    [InlineData(122, PlatformFailure.Full)]
    [InlineData(30, PlatformFailure.ReadOnly)]
    [InlineData(95, PlatformFailure.NotSupported)]
    [InlineData(5, PlatformFailure.Damaged)]
    [InlineData(117, PlatformFailure.Damaged)]
    [InlineData(24, PlatformFailure.Other)]
    internal void Error_numbers_are_classified_and_keep_the_systems_text(int errno, PlatformFailure failure)
    {
        PlatformException exception = LinuxError.Create(errno);

        Assert.Equal(failure, exception.Failure);
        Assert.DoesNotContain("Unknown", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(exception.Message);
    }

    [Fact]
    public void Writing_to_a_full_device_says_so()
    {
        int errno = DescriptorCalls.TryOpen(DescriptorHandle.WorkingDirectory, "/dev/full\0"u8, OpenFlags.ReadWrite, 0, out DescriptorHandle? handle);
        Assert.Equal(0, errno);
        using var file = new LinuxWritableFile(handle!, [1]);

        Fails(PlatformFailure.Full, () => file.Write(new byte[10], 0));
    }

    [Fact]
    public void Accounts_have_names_and_numbers()
    {
        IAccounts accounts = _fileSystem.Accounts;

        Assert.Equal("root", accounts.GetUserName(0));
        Assert.Equal("root", accounts.GetGroupName(0));
        Assert.Equal(0u, accounts.FindUser("root"));
        Assert.Equal(0u, accounts.FindGroup("root"));
        string[] daemon = Run("getent", "passwd", "daemon").Split(':');
        Assert.Equal("daemon", accounts.GetUserName(uint.Parse(daemon[2], CultureInfo.InvariantCulture)));
        Assert.Equal(uint.Parse(daemon[2], CultureInfo.InvariantCulture), accounts.FindUser("daemon"));
        Assert.Equal(uint.Parse(Run("getent", "group", "daemon").Split(':')[2], CultureInfo.InvariantCulture), accounts.FindGroup("daemon"));
        Assert.Equal("", accounts.GetUserName(4_000_000_123));
        Assert.Equal("", accounts.GetGroupName(4_000_000_123));
        Assert.Null(accounts.FindUser("no-such-user-here"));
        Assert.Null(accounts.FindGroup("no-such-group-here"));
        Assert.Null(accounts.FindUser(""));
        Assert.Null(accounts.FindUser("root\0x"));
    }
}
