using System.Runtime.InteropServices;
using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Tests.Catalog;

public sealed class SqliteLibraryTests : IDisposable
{
    private const string Packaged = "e_sqlite3";
    private readonly TemporaryFolder _folder = new();

    private static string? SystemName => OperatingSystem.IsLinux() ? "libsqlite3.so.0" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : null;

    public void Dispose() => _folder.Dispose();

    [LibraryFact("libsqlite3.so.0", "libsqlite3.dylib")]
    public async Task Where_the_packaged_one_is_refused_the_systems_keeps_the_catalog()
    {
        StubbedLoadContext context = Refusing(Packaged);
        Assert.EndsWith("Complete Complete", await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.TryBackUpAsync), _folder.Path), StringComparison.Ordinal);
        Assert.Contains(Packaged, context.Asked);

        // The packaged one reads what the other wrote, and counts on.
        var catalog = new CatalogDatabase(_folder.Home, TimeProvider.System);
        Assert.Equal("vault", Assert.Single(catalog.Repositories.List()).Name);
        Assert.Equal(["Restore", "Backup"], catalog.Runs.List().Select(static r => r.Operation));
    }

    [Fact]
    public async Task Where_none_loads_the_error_says_what_to_do_and_no_repository_is_made()
    {
        StubbedLoadContext context = SystemName is null ? Refusing(Packaged) : Refusing(Packaged, SystemName);
        string[] lines = (await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.TryBackUpAsync), _folder.Path)).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("SqliteUnavailable", lines[0]);
        Assert.Contains("unloadable", lines[1], StringComparison.Ordinal);
        Assert.Contains(SystemName is null ? "none of its own" : SystemName, lines[1], StringComparison.Ordinal);
        Assert.Contains("libsqlite3-0", lines[2], StringComparison.Ordinal);
        Assert.Contains(SqliteLibrary.Oldest.ToString(2), lines[2], StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "vault")));

        // A library that is installed later is found without a new process.
        context.Stubs.Clear();
        Assert.EndsWith("Complete Complete", await context.CallAsync(typeof(StubbedRun), nameof(StubbedRun.TryBackUpAsync), _folder.Path), StringComparison.Ordinal);
    }

    [LibraryFact("libsqlite3.so.0", "libsqlite3.dylib")]
    public void A_system_library_that_is_too_old_is_refused_by_its_version()
    {
        Assert.NotEqual(0, SqliteLibrary.LoadSystem(typeof(CatalogDatabase).Assembly, SqliteLibrary.Oldest, null));
        var e = Assert.Throws<BackupException>(static () => SqliteLibrary.LoadSystem(typeof(CatalogDatabase).Assembly, new Version(99, 1), "no glibc"));
        Assert.Equal(BackupError.SqliteUnavailable, e.Error);
        Assert.Matches(@"\(no glibc\), and the system's has version 3\.\d+\.\d+, and 99\.1 is needed", e.Message);
    }

    private StubbedLoadContext Refusing(params string[] names)
    {
        string stub = Path.Combine(_folder.Path, "unloadable");
        File.WriteAllText(stub, "no library");
        var context = new StubbedLoadContext();
        foreach (string name in names) context.Stubs.Add(name, stub);
        return context;
    }
}
