using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class RepositoryTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogDatabase _catalog;

    public RepositoryTableTests() => _catalog = new CatalogDatabase(_folder.Home, new ManualClock());

    private RepositoryTable Repositories => _catalog.Repositories;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_added_is_found_by_name_id_and_path()
    {
        RegisteredRepository added = Repositories.Add("Vault", "id1", "/srv/vault \udcff \\x");
        Assert.Equal(new RegisteredRepository("Vault", "id1", "/srv/vault \udcff \\x", new DateTime(2026, 11, 20, 8, 0, 1, DateTimeKind.Utc)), added);
        Assert.Equal(added, Repositories.FindByName("vAULT"));
        Assert.Equal([added], Repositories.FindById("id1"));
        Assert.Equal(added, Repositories.FindByPath("/srv/vault \udcff \\x"));
        Assert.Equal([added], Repositories.List());
        Assert.Equal(DateTimeKind.Utc, Repositories.List()[0].Registered.Kind);
        Assert.Null(Repositories.FindByName("other"));
        Assert.Empty(Repositories.FindById("id2"));
        Assert.Null(Repositories.FindByPath("/srv/other"));
    }

    [Fact]
    public void A_name_is_taken_once_whatever_its_case()
    {
        Repositories.Add("größe", "id1", "/a");
        Error(BackupError.RepositoryExists, () => Repositories.Add("GRÖßE", "id2", "/b"));
        Repositories.Add("grosse", "id1", "/a");
        Assert.Equal(["größe", "grosse"], Repositories.FindById("id1").Select(repository => repository.Name).Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public void A_bad_name_is_refused()
    {
        Error(BackupError.InvalidArgument, () => Repositories.Add("/srv/vault", "id", "/a"));
        Repositories.Add("vault", "id", "/a");
        Error(BackupError.InvalidArgument, () => Repositories.Rename("vault", ".x"));
    }

    [Fact]
    public void They_are_listed_by_name()
    {
        foreach (string name in new[] { "b", "C", "a" }) Repositories.Add(name, name, "/" + name);
        Assert.Equal(["a", "b", "C"], Repositories.List().Select(repository => repository.Name));
    }

    [Fact]
    public void A_new_name_reaches_the_policies_that_use_the_repository()
    {
        Repositories.Add("vault", "id1", "/a");
        Repositories.Add("other", "id2", "/b");
        _catalog.Policies.Add(PolicyTableTests.Policy("web", "VAULT", "id1"));
        _catalog.Policies.Add(PolicyTableTests.Policy("mail", "other", "id2"));
        Repositories.Rename("Vault", "Safe");
        Assert.Null(Repositories.FindByName("vault"));
        Assert.Equal("/a", Repositories.FindByName("safe")!.Path);
        Assert.Equal("Safe", _catalog.Policies.Find("web")!.Repository);
        Assert.Equal("id1", _catalog.Policies.Find("web")!.RepositoryId);
        Assert.Equal("other", _catalog.Policies.Find("mail")!.Repository);
        Repositories.Rename("safe", "SAFE");
        Assert.Equal("SAFE", Repositories.FindByName("safe")!.Name);
        Error(BackupError.RepositoryExists, () => Repositories.Rename("safe", "OTHER"));
        Error(BackupError.RepositoryNotFound, () => Repositories.Rename("nobody", "x"));
        Assert.Equal("SAFE", _catalog.Policies.Find("web")!.Repository);
    }

    [Fact]
    public void A_path_can_change_and_a_name_can_be_forgotten()
    {
        Repositories.Add("vault", "id1", "/a");
        Repositories.SetPath("VAULT", "/b");
        Assert.Equal("/b", Repositories.FindByName("vault")!.Path);
        Error(BackupError.RepositoryNotFound, () => Repositories.SetPath("other", "/b"));
        Repositories.Remove("VAULT");
        Assert.Empty(Repositories.List());
        Error(BackupError.RepositoryNotFound, () => Repositories.Remove("vault"));
    }

    private static void Error(BackupError error, Action action) => Assert.Same(error, Assert.Throws<BackupException>(action).Error);
}
