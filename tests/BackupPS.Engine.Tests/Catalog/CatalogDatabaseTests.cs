using BackupPS.Engine.Catalog;
using System.Diagnostics;
using System.Globalization;

namespace BackupPS.Engine.Tests.Catalog;

public sealed class CatalogDatabaseTests
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    [Fact]
    public void Reading_where_there_is_no_catalog_finds_nothing_and_makes_nothing()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        Assert.Empty(catalog.Repositories.List());
        Assert.Empty(catalog.Policies.List());
        Assert.Empty(catalog.Runs.List());
        Assert.Empty(catalog.Snapshots.List("r"));
        Assert.Null(catalog.Repositories.FindByName("vault"));
        Assert.Null(catalog.Policies.Find("web"));
        Assert.Null(catalog.Heads.Find("r", "web", "h"));
        Assert.False(Directory.Exists(folder.Home));
    }

    [Fact]
    public void Reading_changes_no_byte()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        byte[] before = File.ReadAllBytes(catalog.DatabasePath);
        Assert.Single(catalog.Repositories.List());
        Assert.Empty(catalog.Runs.List());
        Assert.Equal(before, File.ReadAllBytes(catalog.DatabasePath));
        Assert.Equal(["catalog.db"], Directory.GetFiles(folder.Home).Select(Path.GetFileName));
    }

    [Fact]
    public void Folder_and_files_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(folder.Home));
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(Path.Combine(folder.Home, "locks")));

        // While a connection is open the files beside it exist.
        string[] files = catalog.Write(connection =>
        {
            connection.Execute("DELETE FROM repositories");
            return Directory.GetFiles(folder.Home, "*", SearchOption.AllDirectories).Select(file => $"{Path.GetFileName(file)} {(OperatingSystem.IsWindows() ? OwnerFile : File.GetUnixFileMode(file))}").Order(StringComparer.Ordinal).ToArray();
        });
        Assert.Equal([$"catalog.db {OwnerFile}", $"catalog.db-shm {OwnerFile}", $"catalog.db-wal {OwnerFile}", $"write.lock {OwnerFile}"], files);
    }

    [Fact]
    public void An_existing_home_folder_keeps_its_mode_and_the_catalog_in_it_is_private()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        UnixFileMode shared = OwnerFolder | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(folder.Home);
        File.SetUnixFileMode(folder.Home, shared);
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal(shared, File.GetUnixFileMode(folder.Home));
        Assert.Equal(OwnerFile, File.GetUnixFileMode(catalog.DatabasePath));
    }

    [Fact]
    public void A_catalog_that_is_deleted_between_calls_is_made_anew()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        File.Delete(catalog.DatabasePath);
        Assert.Empty(catalog.Repositories.List());
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Single(catalog.Repositories.List());
        Directory.Delete(folder.Home, recursive: true);
        Assert.Empty(catalog.Repositories.List());
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Single(catalog.Repositories.List());
    }

    [Fact]
    public void A_catalog_is_in_WAL_mode_and_no_handle_outlives_a_call()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal("wal", catalog.Read(connection => connection.Scalar<string>("PRAGMA journal_mode"), ""));
        if (!OperatingSystem.IsLinux()) return;
        Assert.DoesNotContain(Directory.GetFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget), target => target?.StartsWith(folder.Home, StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("this is no database, although it is long enough to be looked at as one: SQLite's header has a hundred bytes, of which the first sixteen are its name")]
    [InlineData("xy")]
    public void A_file_that_is_no_database_is_unusable(string content)
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        Directory.CreateDirectory(folder.Home);
        File.WriteAllText(catalog.DatabasePath, content);
        Unusable(() => catalog.Repositories.List(), "damaged");
        Unusable(() => catalog.Repositories.Add("vault", "r", "/srv/vault"), "damaged");
        Assert.Equal(content, File.ReadAllText(catalog.DatabasePath));
    }

    [Fact]
    public void A_damaged_database_is_unusable()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        byte[] bytes = File.ReadAllBytes(catalog.DatabasePath);
        bytes.AsSpan(100).Fill(0x5A);
        File.WriteAllBytes(catalog.DatabasePath, bytes);
        Unusable(() => catalog.Repositories.List(), "damaged");
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_unusable()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Write(connection => connection.Execute("INSERT INTO policies (name_key, repository_id, document) VALUES ('WEB', 'r', '{')"));
        Unusable(() => catalog.Policies.List(), "cannot be read");
        catalog.Write(connection => connection.Execute("UPDATE policies SET document = '{}'"));
        Unusable(() => catalog.Policies.Find("web"), "cannot be read");
        catalog.Policies.Remove("web");
        Assert.Empty(catalog.Policies.List());
    }

    [Fact]
    public void A_folder_where_the_file_should_be_is_unusable()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        Directory.CreateDirectory(catalog.DatabasePath);
        Unusable(() => catalog.Repositories.List(), "");
        Unusable(() => catalog.Repositories.Add("vault", "r", "/srv/vault"), "");
    }

    [Fact]
    public void What_this_account_may_not_use_is_unusable_and_not_empty()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        File.SetUnixFileMode(folder.Path, OwnerFolder | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        if (!Environment.IsPrivilegedProcess)
        {
            // Its owner is who runs this: take the permissions away instead.
            File.SetUnixFileMode(catalog.DatabasePath, UnixFileMode.None);
            Unusable(() => catalog.Repositories.List(), "");
            return;
        }

        // A folder of somebody else that can be looked into, with a file that cannot be opened; then one that cannot be looked into.
        File.SetUnixFileMode(folder.Home, OwnerFolder | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        UnprivilegedThread.Run(() => Unusable(() => catalog.Repositories.List(), "may not"));
        UnprivilegedThread.Run(() => Unusable(() => catalog.Repositories.Add("a", "r", "/a"), "cannot be used"));
        File.SetUnixFileMode(folder.Home, OwnerFolder);
        UnprivilegedThread.Run(() => Unusable(() => catalog.Repositories.List(), "cannot be used"));
        UnprivilegedThread.Run(() => Unusable(() => catalog.Repositories.Add("a", "r", "/a"), "cannot be used"));
        Assert.Single(catalog.Repositories.List());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_unusable()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TemporaryFolder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        UnprivilegedThread.Run(() => Unusable(() => Open(folder).Repositories.Add("vault", "r", "/srv/vault"), "cannot be used"));
        Assert.False(Directory.Exists(folder.Home));
    }

    [Fact]
    public void A_catalog_locked_for_seconds_is_unusable_and_can_still_be_read()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        catalog.Write(_ =>
        {
            Assert.Single(catalog.Repositories.List());
            var watch = Stopwatch.StartNew();
            Unusable(() => catalog.Repositories.Add("other", "r", "/srv/other"), "locked");
            Assert.InRange(watch.Elapsed.TotalSeconds, 9, 20);
            return 0;
        });
        Assert.Single(catalog.Repositories.List());
    }

    [Fact]
    public void A_write_that_throws_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        Assert.Throws<TimeoutException>(() => catalog.Write<int>(connection =>
        {
            connection.Execute("INSERT INTO policies (name_key, repository_id, document) VALUES ('WEB', 'r', '{}')");
            throw new TimeoutException();
        }));
        Assert.Empty(catalog.Policies.List());
    }

    [Fact]
    public void Odd_characters_in_the_path_of_the_home_folder_are_no_syntax()
    {
        using var folder = new TemporaryFolder();
        string home = Path.Combine(folder.Path, "a;Mode=Memory;'b' 100% ?x=1 #é");
        var catalog = new CatalogDatabase(home, TimeProvider.System);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.True(File.Exists(Path.Combine(home, "catalog.db")));
        Assert.Single(catalog.Repositories.List());
    }

    [Fact]
    public void Many_threads_with_catalogs_of_their_own_create_and_write_without_failing()
    {
        using var folder = new TemporaryFolder();
        const int Threads = 4;
        const int RunsEach = 40;
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            CatalogDatabase catalog = Open(folder);
            for (int i = 0; i < RunsEach; i++)
            {
                StartedRun run = catalog.Runs.Begin(new RunStart { Operation = "Backup", Repository = "vault", RepositoryId = "r", PolicyName = string.Create(CultureInfo.InvariantCulture, $"p{thread}") });
                catalog.Runs.End(run, new RunEnd { Status = "Complete", Duration = TimeSpan.FromSeconds(1), FaultCount = 1, Events = [new BackupEvent { RunId = run.RunId, Sequence = 1, Phase = "Save", Kind = BackupEventKind.Fault, ErrorId = "ReadFailed", Path = "/x", Message = "broken" }] });
                Assert.NotEmpty(catalog.Runs.List(last: 3));
            }
        });
        IReadOnlyList<BackupRun> runs = Open(folder).Runs.List();
        Assert.Equal(Threads * RunsEach, runs.Count);
        Assert.All(runs, run => Assert.Equal(("Complete", 1), (run.Status, run.Faults.Length)));
    }

    [Fact]
    public void Opening_for_each_call_is_cheap()
    {
        using var folder = new TemporaryFolder();
        CatalogDatabase catalog = Open(folder);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        catalog.Repositories.List();
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 100; i++) catalog.Repositories.List();

        // A millisecond here; fifty on a machine that does ten other things are still not felt.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed / 100} for one call");
    }

    private static CatalogDatabase Open(TemporaryFolder folder) => new(folder.Home, TimeProvider.System);

    private static void Unusable(Action action, string reason)
    {
        var error = Assert.Throws<BackupException>(action);
        Assert.Same(BackupError.CatalogUnusable, error.Error);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
