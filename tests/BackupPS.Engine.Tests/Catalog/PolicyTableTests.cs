using BackupPS.Engine.Catalog;
using System.Globalization;
using System.Reflection;

namespace BackupPS.Engine.Tests.Catalog;

public sealed class PolicyTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogDatabase _catalog;

    public PolicyTableTests() => _catalog = new CatalogDatabase(_folder.Home, new ManualClock());

    private PolicyTable Policies => _catalog.Policies;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_property_comes_back()
    {
        BackupPolicy policy = new()
        {
            PolicyName = "Web 1",
            Source = ["/etc", "/srv/\udcff\\x41 \"quoted\" \n é 😀"],
            Repository = "/srv/\udc80",
            RepositoryId = "0123",
            Include = ["**/*.cs"],
            Exclude = ["**/*.tmp", "a\\*b"],
            ExcludeLargerThan = long.MaxValue,
            ExcludeCaches = true,
            OneFileSystem = true,
            FullEvery = "7d",
            KeepLast = 1,
            KeepHourly = 2,
            KeepDaily = 3,
            KeepWeekly = 4,
            KeepMonthly = 5,
            KeepYearly = 6,
            KeepWithin = "2y5m",
            TimeZone = "Europe/Berlin",
            Verify = "Data",
            Tag = ["a", "b"],
            Created = new DateTime(2026, 11, 20, 8, 0, 0, 123, DateTimeKind.Utc).AddTicks(4567),
            Modified = new DateTime(2026, 11, 21, 8, 0, 0, DateTimeKind.Utc),
        };
        AssertEveryPropertyIsSet(policy);
        Policies.Add(policy);
        AssertSame(policy, Policies.Find("web 1")!);
        AssertSame(policy, Policies.List().Single());
        Assert.Equal(TimeSpan.Zero, Policies.Find("web 1")!.Created.Offset);
    }

    [Fact]
    public void A_name_is_taken_once_whatever_its_case()
    {
        Policies.Add(Policy("Web", "vault", "r"));
        var error = Assert.Throws<BackupException>(() => Policies.Add(Policy("wEB", "vault", "r")));
        Assert.Same(BackupError.PolicyExists, error.Error);
        Assert.Equal("wEB", error.Target);
    }

    [Fact]
    public void They_are_listed_by_name()
    {
        foreach (string name in new[] { "b", "C", "a" }) Policies.Add(Policy(name, "vault", "r"));
        Assert.Equal(["a", "b", "C"], Policies.List().Select(policy => policy.PolicyName));
    }

    [Fact]
    public void A_policy_is_replaced_and_forgotten()
    {
        Policies.Add(Policy("web", "vault", "r"));
        Policies.Update(Policy("WEB", "safe", "r2"));
        Assert.Equal(("WEB", "safe", "r2"), (Policies.Find("web")!.PolicyName, Policies.Find("web")!.Repository, Policies.Find("web")!.RepositoryId));
        Assert.Same(BackupError.PolicyNotFound, Assert.Throws<BackupException>(() => Policies.Update(Policy("mail", "vault", "r"))).Error);
        Policies.Remove("Web");
        Assert.Null(Policies.Find("web"));
        Assert.Same(BackupError.PolicyNotFound, Assert.Throws<BackupException>(() => Policies.Remove("web")).Error);
    }

    [Fact]
    public void Properties_of_a_later_version_are_ignored_and_missing_ones_have_defaults()
    {
        _catalog.Write(connection => connection.Execute(
            """
            INSERT INTO policies (name_key, repository_id, document)
            VALUES ('WEB', 'r', '{"PolicyName":"web","Source":["/etc"],"Repository":"vault","RepositoryId":"r","Invented":{"a":[1]}}')
            """));
        BackupPolicy policy = Policies.Find("web")!;
        Assert.Equal(["/etc"], policy.Source);
        Assert.Equal("None", policy.Verify);
        Assert.Equal("", policy.KeepWithin);
        Assert.Empty(policy.Exclude);
    }

    [Fact]
    public void Turkish_letters_change_nothing()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            _catalog.Repositories.Add("disk i", "r", "/i");
            Assert.NotNull(_catalog.Repositories.FindByName("DISK I"));
            Policies.Add(Policy("mail", "disk i", "r"));
            Assert.NotNull(Policies.Find("MAIL"));
            _catalog.Repositories.Rename("DISK I", "tape i");
            Assert.Equal("tape i", Policies.Find("mail")!.Repository);
            StartedRun run = _catalog.Runs.Begin(new RunStart { Operation = "Backup", Repository = "tape i", RepositoryId = "r", PolicyName = "mail" });
            _catalog.Runs.End(run, new RunEnd { Status = "Incomplete", Duration = TimeSpan.FromSeconds(1.5) });
            Assert.Equal("Incomplete", Assert.Single(_catalog.Runs.List("MAIL", "INCOMPLETE")).Status);
            Assert.Equal(TimeSpan.FromSeconds(1.5), _catalog.Runs.List()[0].Duration);
            _catalog.Heads.Remember("r", "mail", "h", new SnapshotHead(1, "s"));
            Assert.NotNull(_catalog.Heads.Find("r", "MAIL", "h"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    internal static BackupPolicy Policy(string name, string repository, string repositoryId) =>
        new() { PolicyName = name, Source = ["/etc"], Repository = repository, RepositoryId = repositoryId };

    /// <summary>Compares all public properties, so that one that is added later is compared too.</summary>
    internal static void AssertSame<T>(T expected, T actual)
    {
        foreach (PropertyInfo property in typeof(T).GetProperties()) Assert.Equal(property.GetValue(expected), property.GetValue(actual));
    }

    /// <summary>A property that nobody set would come back whether it was stored or not.</summary>
    internal static void AssertEveryPropertyIsSet<T>(T value)
    {
        foreach (PropertyInfo property in typeof(T).GetProperties())
            Assert.True(property.GetValue(value) switch { "" or 0 or 0L or false or null or Array { Length: 0 } => false, DateTime time => time != default, _ => true }, property.Name);
    }
}
