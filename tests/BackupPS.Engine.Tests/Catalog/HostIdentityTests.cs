using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class HostIdentityTests
{
    [Fact]
    public void The_id_is_drawn_once_and_outlives_the_catalog()
    {
        using var folder = new TemporaryFolder();
        string id = HostIdentity.GetOrCreate(folder.Home);
        Assert.Matches("^[0-9a-f]{32}$", id);
        var catalog = new CatalogDatabase(folder.Home, TimeProvider.System);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        File.Delete(catalog.DatabasePath);
        Assert.Equal(id, HostIdentity.GetOrCreate(folder.Home));
        using var elsewhere = new TemporaryFolder();
        Assert.NotEqual(id, HostIdentity.GetOrCreate(elsewhere.Home));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Home, "host-id")));
    }

    [Fact]
    public void Many_that_ask_first_get_the_same()
    {
        for (int round = 0; round < 20; round++)
        {
            using var folder = new TemporaryFolder();
            var ids = new string[8];
            Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i => ids[i] = HostIdentity.GetOrCreate(folder.Home));
            Assert.Single(ids.Distinct());
            Assert.Equal(["host-id"], Directory.GetFiles(folder.Home).Select(Path.GetFileName));
        }
    }

    [Fact]
    public void What_a_killed_process_has_begun_to_make_is_cleared_away()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        foreach (string left in new[] { "host-id.0123.new", "catalog.db.0123.new" }) File.WriteAllText(Path.Combine(folder.Home, left), "half");
        HostIdentity.GetOrCreate(folder.Home);
        new CatalogDatabase(folder.Home, TimeProvider.System).Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal(["catalog.db", "host-id"], Directory.GetFiles(folder.Home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_holds_something_else_is_an_error_and_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        File.WriteAllText(Path.Combine(folder.Home, "host-id"), "");
        Assert.Same(BackupError.CatalogUnusable, Assert.Throws<BackupException>(() => HostIdentity.GetOrCreate(folder.Home)).Error);
        Assert.Equal("", File.ReadAllText(Path.Combine(folder.Home, "host-id")));
    }
}
