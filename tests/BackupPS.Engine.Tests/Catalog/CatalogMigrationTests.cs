using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class CatalogMigrationTests
{
    private static readonly string[] Two = [.. CatalogMigrations.All, "CREATE TABLE later (x INTEGER); INSERT INTO later VALUES (7)"];

    [Fact]
    public void A_new_catalog_has_the_newest_version()
    {
        using var folder = new TemporaryFolder();
        var catalog = new CatalogDatabase(folder.Home, TimeProvider.System);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal(CatalogMigrations.All.Count, Version(catalog));
    }

    [Fact]
    public void An_older_catalog_is_migrated_with_what_it_holds()
    {
        using var folder = new TemporaryFolder();
        new CatalogDatabase(folder.Home, TimeProvider.System).Repositories.Add("vault", "r", "/srv/vault");
        var newer = new CatalogDatabase(folder.Home, TimeProvider.System, Two);
        Assert.Equal("vault", newer.Repositories.List().Single().Name);
        Assert.Equal(Two.Length, Version(newer));
        Assert.Equal(7, newer.Read(connection => connection.Scalar<long>("SELECT x FROM later"), 0));
    }

    [Fact]
    public void A_newer_catalog_is_refused_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        var newer = new CatalogDatabase(folder.Home, TimeProvider.System, Two);
        newer.Repositories.Add("vault", "r", "/srv/vault");
        byte[] before = File.ReadAllBytes(newer.DatabasePath);
        var older = new CatalogDatabase(folder.Home, TimeProvider.System);
        Assert.Same(BackupError.CatalogTooNew, Assert.Throws<BackupException>(() => older.Repositories.List()).Error);
        Assert.Same(BackupError.CatalogTooNew, Assert.Throws<BackupException>(() => older.Repositories.Remove("vault")).Error);
        Assert.Equal(before, File.ReadAllBytes(newer.DatabasePath));
        Assert.Single(newer.Repositories.List());
    }

    [Fact]
    public void A_step_that_fails_leaves_the_version_before_it()
    {
        using var folder = new TemporaryFolder();
        new CatalogDatabase(folder.Home, TimeProvider.System).Repositories.Add("vault", "r", "/srv/vault");
        var broken = new CatalogDatabase(folder.Home, TimeProvider.System, [.. CatalogMigrations.All, "CREATE TABLE later (x INTEGER)", "CREATE TABLE half (x INTEGER); CREATE TABLE later (x INTEGER)"]);
        Assert.Same(BackupError.CatalogUnusable, Assert.Throws<BackupException>(() => broken.Repositories.List()).Error);
        var two = new CatalogDatabase(folder.Home, TimeProvider.System, Two);
        Assert.Equal(Two.Length, Version(two));
        Assert.Equal(0, two.Read(connection => connection.Scalar<long>("SELECT count(*) FROM sqlite_master WHERE name = 'half'"), -1));
        Assert.Single(two.Repositories.List());
    }

    [Fact]
    public void Many_that_open_and_migrate_at_once_all_succeed_and_each_step_runs_once()
    {
        for (int round = 0; round < 10; round++)
        {
            using var folder = new TemporaryFolder();
            if (round % 2 == 0) new CatalogDatabase(folder.Home, TimeProvider.System).Repositories.Add("vault", "r", "/srv/vault");
            Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
                new CatalogDatabase(folder.Home, TimeProvider.System, Two).Heads.Remember("r", "web", $"h{i}", new SnapshotHead(i, "s")));
            var catalog = new CatalogDatabase(folder.Home, TimeProvider.System, Two);
            Assert.Equal(1, catalog.Read(connection => connection.Scalar<long>("SELECT count(*) FROM later"), 0));
            Assert.Equal(8, catalog.Read(connection => connection.Scalar<long>("SELECT count(*) FROM heads"), 0));
        }
    }

    private static long Version(CatalogDatabase catalog) => catalog.Read(connection => connection.Scalar<long>("PRAGMA user_version"), -1);
}
