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
        cache.Update("r", [new CachedSnapshot("b", 2, "B"), new CachedSnapshot("a", 3, "A"), new CachedSnapshot("c", 1, "C")], []);
        cache.Update("other", [new CachedSnapshot("a", 1, "other")], []);
        cache.Update("r", [new CachedSnapshot("c", 5, "C2")], ["a", "absent"]);
        Assert.Equal([new CachedSnapshot("b", 2, "B"), new CachedSnapshot("c", 5, "C2")], cache.List("r"));
        Assert.Equal([new CachedSnapshot("a", 1, "other")], cache.List("other"));
        cache.Update("r", [], ["b", "c"]);
        Assert.Empty(cache.List("r"));
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
}
