using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class SnapshotCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogDatabase _catalog;

    public SnapshotCacheTests() => _catalog = new CatalogDatabase(_folder.Home, new ManualClock());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_property_comes_back_and_the_repository_has_its_name_of_today()
    {
        BackupSnapshot snapshot = new()
        {
            SnapshotId = "s1",
            Repository = "vault",
            RepositoryId = "r",
            PolicyName = "web",
            Time = new DateTime(2026, 11, 20, 8, 0, 0, DateTimeKind.Utc).AddTicks(7),
            Type = "Full",
            Status = "Incomplete",
            HostName = "host",
            HostId = "h",
            UserName = "root",
            Source = ["/etc/\udcff\\"],
            Tag = ["t"],
            Hold = true,
            ParentId = "p",
            PredecessorId = "q",
            Sequence = 9,
            FileCount = 1,
            DirectoryCount = 2,
            Bytes = 3,
            BytesStored = 4,
            FaultCount = 5,
        };
        PolicyTableTests.AssertEveryPropertyIsSet(snapshot);
        _catalog.Snapshots.Upsert("r", [snapshot]);
        PolicyTableTests.AssertSame(snapshot, Assert.Single(_catalog.Snapshots.List("r", "vault")));
        Assert.Equal("/mnt/\udc80", _catalog.Snapshots.List("r", "/mnt/\udc80")[0].Repository);
        Assert.Equal(DateTimeKind.Utc, _catalog.Snapshots.List("r", "vault")[0].Time.Kind);
    }

    [Fact]
    public void Snapshots_are_replaced_listed_oldest_first_and_removed_by_repository()
    {
        _catalog.Snapshots.Upsert("r", [Snapshot("b", 2), Snapshot("a", 3), Snapshot("c", 1)]);
        _catalog.Snapshots.Upsert("other", [Snapshot("a", 1)]);
        _catalog.Snapshots.Upsert("r", [Snapshot("c", 5)]);
        _catalog.Snapshots.Upsert("r", []);
        Assert.Equal(["b", "a", "c"], Ids("r"));
        _catalog.Snapshots.Remove("r", ["a", "absent"]);
        Assert.Equal(["b", "c"], Ids("r"));
        Assert.Equal(["a"], Ids("other"));
        _catalog.Snapshots.RemoveAll("r");
        Assert.Empty(Ids("r"));
        Assert.Equal(["a"], Ids("other"));
    }

    [Fact]
    public void The_head_only_moves_forward()
    {
        HeadTable heads = _catalog.Heads;
        heads.Remember("r", "web", "h", new SnapshotHead(5, "five"));
        heads.Remember("r", "web", "h", new SnapshotHead(4, "four"));
        heads.Remember("r", "web", "h", new SnapshotHead(5, "fork"));
        Assert.Equal(new SnapshotHead(5, "five"), heads.Find("r", "WEB", "h"));
        heads.Remember("r", "Web", "h", new SnapshotHead(6, "six"));
        Assert.Equal(new SnapshotHead(6, "six"), heads.Find("r", "web", "h"));
        Assert.Null(heads.Find("r", "web", "h2"));
        Assert.Null(heads.Find("r", "", "h"));
        Assert.Null(heads.Find("r2", "web", "h"));
    }

    private IEnumerable<string> Ids(string repositoryId) => _catalog.Snapshots.List(repositoryId, "vault").Select(snapshot => snapshot.SnapshotId);

    private static BackupSnapshot Snapshot(string id, int hour) => new()
    {
        SnapshotId = id,
        Repository = "vault",
        RepositoryId = "r",
        PolicyName = "web",
        Time = new DateTime(2026, 1, 1, hour, 0, 0, DateTimeKind.Utc),
        Type = "Full",
        Status = "Complete",
        HostName = "h",
        HostId = "h",
    };
}
