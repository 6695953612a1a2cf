using BackupPS.Engine.Storage.Folder;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Tests.Storage;

public sealed class OpenFileCacheTests
{
    [Fact]
    public void The_least_recently_used_file_is_closed_first_and_a_dropped_one_at_once()
    {
        using var cache = new OpenFileCache(2);
        SafeFileHandle a = Open(), b = Open(), c = Open(), second = Open();
        cache.Give("a", a);
        cache.Give("b", b);
        Assert.Same(a, cache.Take("a"));
        Assert.Null(cache.Take("a"));
        cache.Give("a", a);

        cache.Give("c", c);
        Assert.True(b.IsClosed);
        Assert.Null(cache.Take("b"));

        // Another reader of the same object had a file of its own.
        cache.Give("a", second);
        Assert.True(second.IsClosed);
        Assert.False(a.IsClosed);

        cache.Drop("a");
        Assert.True(a.IsClosed);
        Assert.False(c.IsClosed);
    }

    [Fact]
    public void A_disposed_cache_keeps_nothing()
    {
        SafeFileHandle kept = Open(), late = Open();
        var cache = new OpenFileCache(2);
        cache.Give("a", kept);
        cache.Dispose();
        cache.Give("b", late);

        Assert.True(kept.IsClosed);
        Assert.True(late.IsClosed);
    }

    [Fact]
    public void A_limit_of_none_keeps_none()
    {
        using var cache = new OpenFileCache(0);
        SafeFileHandle file = Open();
        cache.Give("a", file);

        Assert.True(file.IsClosed);
    }

    private static SafeFileHandle Open() => File.OpenHandle(typeof(OpenFileCacheTests).Assembly.Location);
}
