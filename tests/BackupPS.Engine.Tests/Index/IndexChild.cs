using System.Globalization;
using BackupPS.Engine.Index;

namespace BackupPS.Engine.Tests.Index;

/// <summary>A process that loads a growing index again and again through a cache that others use at the same time.</summary>
internal static class IndexChild
{
    public const string Task = "index";

    public static Task<int> RunAsync(string[] arguments)
    {
        var random = new Random(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        for (int round = 0; round < 3; round++)
        {
            // The same for all processes: they cover the same objects, at their own pace, now and then from the start.
            var world = new IndexWorld(20);
            for (int i = 0; i < 40; i++)
            {
                world.AddObject();
                if (random.Next(2) == 0) continue;
                var cache = new IndexCache(arguments[0], keeps: true) { Limits = new IndexLimits { BufferedEntries = 400, MemoryEntries = random.Next(50), MemoryObjects = random.Next(1, 4), Runs = 3, CheckedWhole = random.Next(2) * long.MaxValue } };
                BlobIndex index = world.Load(cache);
                if (i % 4 > 0) world.AssertSame(index);
                else System.Threading.Tasks.Task.WaitAll([.. Enumerable.Range(0, 2).Select(_ => System.Threading.Tasks.Task.Run(() => world.AssertSame(index)))]);
            }
        }

        return System.Threading.Tasks.Task.FromResult(0);
    }
}
