using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class SnapshotCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogDatabase _catalog;

    public SnapshotCacheTests() => _catalog = new CatalogDatabase(_folder.Home, new ManualClock());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Snapshots_are_replaced_listed_and_forgotten_by_repository()
    {
        SnapshotCache cache = _catalog.Snapshots;
        cache.Update("r", [new CachedSnapshot("b", 2, [11]), new CachedSnapshot("a", 3, [10]), new CachedSnapshot("c", 1, [12])], []);
        cache.Update("other", [new CachedSnapshot("a", 1, [9, 9])], []);
        cache.Update("r", [new CachedSnapshot("c", 5, [13])], ["a", "absent"]);
        Assert.Equal(["b 2 0B", "c 5 0D"], cache.List("r").Select(Line));
        Assert.Equal(["a 1 0909"], cache.List("other").Select(Line));
        cache.Update("r", [], ["b", "c"]);
        Assert.Empty(cache.List("r"));
    }

    [Fact]
    public void Of_others_than_those_that_are_asked_for_id_and_length_alone_are_told()
    {
        SnapshotCache cache = _catalog.Snapshots;
        cache.Update("r", [Of("a", "h1", "Web"), Of("b", "h2", "web"), Of("c", "h1", ""), Of("d", "h1", "mail")], []);
        Assert.Equal(["a 1 01", "b 1 01", "c 1 01", "d 1 01"], cache.List("r").Select(Line));
        Assert.Equal(["a 1 01", "b 1 ", "c 1 01", "d 1 01"], cache.List("r", hostId: "h1").Select(Line));
        Assert.Equal(["a 1 01", "b 1 01", "c 1 ", "d 1 "], cache.List("r", policyName: "WEB").Select(Line));
        Assert.Equal(["a 1 ", "b 1 ", "c 1 01", "d 1 "], cache.List("r", "h1", "").Select(Line));

        static CachedSnapshot Of(string id, string host, string policy) => new(id, 1, [1]) { HostId = host, PolicyName = policy };
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

    private static string Line(CachedSnapshot snapshot) => $"{snapshot.SnapshotId} {snapshot.Length} {Convert.ToHexString(snapshot.Document ?? [])}";
}
