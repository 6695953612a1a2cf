using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;
using BackupPS.Engine.Sources;
using BackupPS.Engine.Tests.Platform;

namespace BackupPS.Engine.Tests.Sources;

public sealed class SourceFilterTests : IDisposable
{
    private const string Tag = "Signature: 8a477f597d28d172789f06886806bc55";

    private readonly TemporaryFolder _temporary = new();
    private readonly LinuxFileSystem _fileSystem = new();
    private readonly List<BackupFault> _faults = [];

    public void Dispose() => _temporary.Dispose();

    private void Put(string path, string content = "")
    {
        string full = _temporary[path];
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
    }

    // What a walk of the source keeps, as paths from the test's folder; folders end with /, those that are kept empty with /!.
    private string Kept(FilterRules rules, string source = "s", Func<string, ItemInfo, ItemInfo>? change = null, Func<ItemInfo, ItemInfo>? changeSource = null)
    {
        var kept = new List<string>();
        string path = _temporary[source];
        ItemInfo info = _fileSystem.GetInfo(path);
        if (changeSource is not null) info = changeSource(info);
        FilterScope scope = new SourceFilter(rules, _fileSystem).Begin(path, info);
        switch (scope.Decide(path, info))
        {
            case FilterDecision.Keep when info.Kind == ItemKind.Directory:
                using (IFolder folder = _fileSystem.OpenFolder(path)) Walk(path, folder, scope);
                break;
            case FilterDecision.Keep:
                kept.Add(source);
                break;
        }

        return string.Join(' ', kept.Order(StringComparer.Ordinal));

        void Walk(string folderPath, IFolder folder, FilterScope outer)
        {
            List<byte[]> names = FolderNames.Of(folder);
            FilterScope inner = outer.Enter(folderPath, folder, Sorted(names), _faults.Add);
            foreach (byte[] name in names)
            {
                string itemPath = $"{folderPath}/{PathText.FromBytes(name)}";
                string shown = itemPath[(_temporary.Path.Length + 1)..];
                ItemInfo item = folder.GetInfo(name);
                if (change is not null) item = change(shown, item);
                switch (inner.Decide(inner.NeedsPath ? itemPath : "", item))
                {
                    case FilterDecision.Keep when item.Kind == ItemKind.Directory:
                        kept.Add(shown + "/");
                        using (IFolder next = folder.OpenFolder(name)) Walk(itemPath, next, inner);
                        break;
                    case FilterDecision.Keep:
                        kept.Add(shown);
                        break;
                    case FilterDecision.KeepEmpty:
                        kept.Add(shown + "/!");
                        break;
                }
            }
        }
    }

    [Fact]
    public void Without_rules_everything_is_kept_and_no_path_is_needed()
    {
        Put("s/a");
        Put("s/d/b");

        Assert.Equal("s/a s/d/ s/d/b", Kept(FilterRules.None));
        Assert.False(new SourceFilter(FilterRules.None, _fileSystem).Begin("/s", default).NeedsPath);
        Assert.True(new SourceFilter(new FilterRules { Exclude = ["x"] }, _fileSystem).Begin("/s", default).NeedsPath);
    }

    [Fact]
    public void An_excluded_folder_is_not_entered()
    {
        Put("s/a.tmp");
        Put("s/d/b.tmp");
        Put("s/d/c");
        Put("s/node_modules/x/y");

        Assert.Equal("s/d/ s/d/c", Kept(new FilterRules { Exclude = ["**/*.tmp", "node_modules/"] }));
        Assert.Equal("s/a.tmp s/d/ s/node_modules/", Kept(new FilterRules { Exclude = [_temporary["s/d/**"], "node_modules/*"] }));
    }

    [Fact]
    public void An_include_keeps_only_files_that_match_or_lie_below_a_match()
    {
        Put("s/a.c");
        Put("s/a.h");
        Put("s/d/b.c");
        Put("s/doc/x/y.txt");

        Assert.Equal("s/a.c s/d/ s/d/b.c s/doc/ s/doc/x/ s/doc/x/y.txt", Kept(new FilterRules { Include = ["*.c", "doc"] }));
        Assert.Equal("s/d/ s/d/b.c s/doc/ s/doc/x/ s/doc/x/y.txt", Kept(new FilterRules { Include = ["*.c", "doc/"], Exclude = ["a.*"] }));
        Assert.Equal("s/d/ s/doc/ s/doc/x/", Kept(new FilterRules { Include = ["nothing"] }));
        Assert.Equal("s/doc/x/ s/doc/x/y.txt", Kept(new FilterRules { Include = ["doc"] }, "s/doc"));
        Assert.Equal("s/doc/x/y.txt", Kept(new FilterRules { Include = ["doc"] }, "s/doc/x"));
        Assert.Equal("", Kept(new FilterRules { Include = ["*.c"] }, "s/a.h"));
    }

    [Fact]
    public void A_source_itself_can_be_excluded()
    {
        Put("s/a");

        Assert.Equal("", Kept(new FilterRules { Exclude = ["s"] }));
        Assert.Equal("s/a", Kept(new FilterRules { Exclude = ["s"] }, "s/a"));
    }

    [Fact]
    public void A_file_larger_than_the_limit_is_left_out()
    {
        Put("s/ten", "0123456789");
        Put("s/eleven", "0123456789x");

        Assert.Equal("s/ten", Kept(new FilterRules { ExcludeLargerThan = 10 }));
        Assert.Equal("s/eleven s/ten", Kept(new FilterRules { ExcludeLargerThan = 11 }));
        Assert.Same(BackupError.InvalidArgument, Assert.Throws<BackupException>(() => new SourceFilter(new FilterRules { ExcludeLargerThan = -1 }, _fileSystem)).Error);
    }

    [Fact]
    public void Ignore_files_hold_from_their_folder_on_and_inner_ones_override()
    {
        Put("s/.backupignore", "*.log\n/top");
        Put("s/top");
        Put("s/a.log");
        Put("s/d/.backupignore", "!keep.log\nbuild/");
        Put("s/d/top");
        Put("s/d/keep.log");
        Put("s/d/b.log");
        Put("s/d/build/x");
        Put("s/build/x");

        Assert.Equal("s/.backupignore s/build/ s/build/x s/d/ s/d/.backupignore s/d/keep.log s/d/top", Kept(FilterRules.None));
        Assert.Empty(_faults);
    }

    [Fact]
    public void An_ignore_file_above_the_source_is_not_read()
    {
        Put("s/.backupignore", "*");
        Put("s/d/a");

        Assert.Equal("s/d/a", Kept(FilterRules.None, "s/d"));
        Assert.Equal("s/d/a", Kept(FilterRules.None, "s/d/a"));
    }

    [Fact]
    public void An_ignore_file_that_cannot_be_read_is_a_fault_and_everything_is_kept()
    {
        Put("s/.backupignore", "*.log");
        Put("s/d/a.log");
        Put("s/d/b");
        File.CreateSymbolicLink(_temporary["s/d/.backupignore"], "b");
        Directory.CreateDirectory(_temporary["s/e/.backupignore"]);

        Assert.Equal("s/.backupignore s/d/ s/d/.backupignore s/d/b s/e/ s/e/.backupignore/", Kept(FilterRules.None));
        Assert.Equal(2, _faults.Count);
        Assert.All(_faults, fault => Assert.Same(BackupError.IgnoreFileUnusable, fault.Error));
        Assert.Equal([_temporary["s/d/.backupignore"], _temporary["s/e/.backupignore"]], _faults.Select(fault => fault.Path).Order(StringComparer.Ordinal));

        _temporary.SetMode("s/.backupignore", 0);
        _faults.Clear();
        string kept = "";
        UnprivilegedThread.Run(() => kept = Kept(FilterRules.None));
        Assert.Contains("s/d/a.log", kept, StringComparison.Ordinal);
        Assert.Equal(3, _faults.Count);
    }

    [Fact]
    public void Names_with_backslashes_and_invalid_bytes_are_ignored_as_they_are_written()
    {
        Put("s/a\\b");
        Put("s/b");
        File.WriteAllBytes(_temporary["s/.backupignore"], [.. "a\\\\b\n"u8, 0xFF]);
        using (IFolder folder = _fileSystem.OpenFolder(_temporary["s"]))
        {
            folder.CreateFolder([0xFF]);
            folder.CreateFolder([0xFE]);
        }

        Assert.Equal("s/.backupignore s/b s/\uDCFE/", Kept(FilterRules.None));
    }

    [Theory]
    [InlineData(Tag, true)]
    [InlineData(Tag + "\n# comment", true)]
    [InlineData("Signature: 8a477f597d28d172789f06886806bc5", false)]
    [InlineData("signature: 8a477f597d28d172789f06886806bc55", false)]
    [InlineData("\n" + Tag, false)]
    [InlineData("", false)]
    public void A_cache_is_told_by_its_signature(string content, bool isCache)
    {
        Put("s/cache/CACHEDIR.TAG", content);
        Put("s/cache/x/y");
        Put("s/z");
        string everything = "s/cache/ s/cache/CACHEDIR.TAG s/cache/x/ s/cache/x/y s/z";

        Assert.Equal(isCache ? "s/cache/ s/cache/CACHEDIR.TAG s/z" : everything, Kept(new FilterRules { ExcludeCaches = true }));
        Assert.Equal(everything, Kept(FilterRules.None));
    }

    [Fact]
    public void A_link_is_no_cache_tag()
    {
        Put("tag", Tag);
        Put("s/x");
        File.CreateSymbolicLink(_temporary["s/CACHEDIR.TAG"], "../tag");

        Assert.Equal("s/CACHEDIR.TAG s/x", Kept(new FilterRules { ExcludeCaches = true }));
    }

    [Fact]
    public void A_folder_on_another_file_system_is_kept_empty()
    {
        Put("s/mounted/a");
        Put("s/d/b");
        static ItemInfo Move(string path, ItemInfo info)
        {
            // What stat would say if another file system were mounted there; a file may come from a layer with a device of its own.
            if (path is "s/mounted" or "s/d/b") (info.Device, info.MountId) = (info.Device + 1, info.MountId + 1);
            return info;
        }

        Assert.Equal("s/d/ s/d/b s/mounted/!", Kept(new FilterRules { OneFileSystem = true }, change: Move));
        Assert.Equal("s/d/ s/d/b s/mounted/ s/mounted/a", Kept(FilterRules.None, change: Move));
        Assert.Equal("s/d/ s/d/b", Kept(new FilterRules { OneFileSystem = true, Exclude = ["mounted"] }, change: Move));
    }

    [Theory]
    [InlineData(true, false, "s/d/ s/d/b s/x/!")]
    [InlineData(false, true, "s/d/ s/d/b s/x/ s/x/a")]
    public void A_mount_is_told_by_its_number_and_not_by_its_device(bool mounted, bool otherDevice, string kept)
    {
        // A bind mount shows the device of what is behind it; a subvolume of btrfs has a device of its own, and is mounted nowhere.
        Put("s/x/a");
        Put("s/d/b");
        ItemInfo Change(string path, ItemInfo info)
        {
            info.MountId = path == "s/x" && mounted ? 2u : 1u;
            if (path == "s/x" && otherDevice) info.Device++;
            return info;
        }

        Assert.Equal(kept, Kept(new FilterRules { OneFileSystem = true }, change: Change, changeSource: static info => info with { MountId = 1 }));
    }

    [Fact]
    public void Where_mounts_have_no_numbers_the_table_of_mounts_tells()
    {
        var points = MountTable.ParsePoints(["22 1 0:21 / / rw shared:1 - overlay overlay rw", @"23 22 8:1 /in/a\040b /s/a\040b rw - ext4 /dev/sda1 rw", "24 22 8:1 / /s/\u00ff rw - ext4 /dev/sda1 rw", "broken"]);

        Assert.Equal(["/", "/s/a b", "/s/\udcff"], points.Order(StringComparer.Ordinal));
        Assert.Contains("/proc", new LinuxFileSystem().FindMountPoints());
    }

    [Fact]
    public void A_scope_that_changes_nothing_is_the_same()
    {
        Put("s/d/a");
        using IFolder folder = _fileSystem.OpenFolder(_temporary["s"]);
        FilterScope scope = new SourceFilter(new FilterRules { ExcludeCaches = true }, _fileSystem).Begin(_temporary["s"], folder.GetInfo());

        Assert.Same(scope, scope.Enter(_temporary["s"], folder, Sorted([Encoding.UTF8.GetBytes("d")]), _faults.Add));
    }

    [Fact]
    public void A_bad_pattern_is_told_when_the_filter_is_made()
    {
        Assert.Same(BackupError.InvalidArgument, Assert.Throws<BackupException>(() => new SourceFilter(new FilterRules { Include = [""] }, _fileSystem)).Error);
        Assert.Same(BackupError.InvalidArgument, Assert.Throws<BackupException>(() => new SourceFilter(new FilterRules { Exclude = ["../x"] }, _fileSystem)).Error);
    }

    private static NameList Sorted(IEnumerable<byte[]> names)
    {
        var list = new NameList();
        foreach (byte[] name in names) list.Add(name);
        list.Sort();
        return list;
    }
}
