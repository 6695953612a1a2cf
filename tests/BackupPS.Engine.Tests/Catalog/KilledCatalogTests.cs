using System.Diagnostics;
using System.Globalization;
using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Tests.Catalog;

/// <summary>Processes that are killed while they write to the catalog.</summary>
public sealed class KilledCatalogTests
{
    private const int Seed = 1120, Kills = 8;

    [Fact]
    public async Task Killed_between_any_two_statements_of_a_migration_it_is_as_if_that_had_never_begun()
    {
        using var fresh = new TemporaryFolder();
        var made = new CatalogDatabase(fresh.Home, TimeProvider.System);
        made.Repositories.Add("vault", "r", "/srv/vault");
        string schema = Schema(made);
        (int Step, int Statement)[] points = [.. Enumerable.Range(0, CatalogMigrations.All.Count).SelectMany(static step => Enumerable.Range(0, CatalogChild.Statements(CatalogMigrations.All[step]).Count + 1).Select(statement => (step, statement)))];
        Assert.InRange(points.Length, 10, 200);
        await Parallel.ForEachAsync(points, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (point, _) =>
        {
            using var folder = new TemporaryFolder();
            var before = new CatalogDatabase(folder.Home, TimeProvider.System, [.. CatalogMigrations.All.Take(point.Step)]);
            if (point.Step > 0) before.Repositories.Add("vault", "r", "/srv/vault");
            string was = Schema(before);
            using (Process child = ChildProcess.Start(ChildProcess.CommandLine(CatalogChild.Task, "migrate", folder.Home, $"{point.Step}", $"{point.Statement}")))
            {
                Assert.Equal("begun", await child.StandardOutput.ReadLineAsync(CancellationToken.None));

                // From there to the statement that never ends is a millisecond; were it more, the kill would come between two earlier ones.
                await Task.Delay(20, CancellationToken.None);
                Assert.False(child.HasExited);
                child.Kill();
                await child.WaitForExitAsync(CancellationToken.None);
            }

            Assert.Equal(was, Schema(before));
            var catalog = new CatalogDatabase(folder.Home, TimeProvider.System);
            Assert.Equal(point.Step > 0 ? ["vault"] : Array.Empty<string>(), catalog.Repositories.List().Select(static r => r.Name));
            catalog.Repositories.Add("next", "n", "/srv/next");
            Assert.Equal(schema, Schema(catalog));
            AssertWhole(catalog);
        });
    }

    [Fact]
    public async Task Killed_at_any_moment_the_catalog_has_what_was_said_to_be_in_it_and_takes_the_next_write_at_once()
    {
        using var folder = new TemporaryFolder();
        var catalog = new CatalogDatabase(folder.Home, TimeProvider.System);
        var random = new Random(Seed);
        int next = 0;
        var ended = new HashSet<string>(StringComparer.Ordinal);
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process child = ChildProcess.Start(ChildProcess.CommandLine(CatalogChild.Task, "write", folder.Home, $"{next}"));
            Task<string> output = child.StandardOutput.ReadToEndAsync();
            // Mostly while it writes, which a slow machine comes to late; now and then while it still begins.
            int wanted = catalog.Repositories.List().Count + (kill == 0 ? 3 : 2);
            if (kill % 4 != 3) while (!child.HasExited && catalog.Repositories.List().Count < wanted) await Task.Delay(5);
            if (kill > 0) await Task.Delay(random.Next(0, 300));
            child.Kill();
            await child.WaitForExitAsync();
            string what = $"kill {kill} (seed {Seed})";
            string[] said = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            int done = said.Length == 0 ? next : int.Parse(said[^1], CultureInfo.InvariantCulture) + 1;

            var watch = Stopwatch.StartNew();
            HashSet<string> names = [.. catalog.Repositories.List().Select(static r => r.Name)];
            for (int i = next; i < done; i++)
            {
                Assert.True(names.Contains($"r{i}"), $"{i} is lost: {what}");
                ended.Add($"p{i}");
            }

            next = names.Contains($"r{done}") ? done + 1 : done;
            Assert.False(names.Contains($"r{next}"), what);
            IReadOnlyList<BackupRun> runs = catalog.Runs.List();
            Assert.Equal(ended.Count, runs.Count(r => ended.Contains(r.PolicyName) && r.Status == "Complete"));
            Assert.All(runs, static r => Assert.NotEqual("Running", r.Status));
            catalog.Heads.Remember("r", "web", $"h{kill}", new SnapshotHead(kill, "s"));
            AssertWhole(catalog);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"The next write took {watch.Elapsed}: {what}");
        }

        Assert.InRange(next, 10, int.MaxValue);
    }

    private static string Schema(CatalogDatabase catalog) => catalog.Read(
        static connection => $"{connection.Scalar<long>("PRAGMA user_version")} {connection.Scalar<string>("SELECT coalesce(group_concat(sql, '; '), '') FROM (SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name)")}", "0 ");

    private static void AssertWhole(CatalogDatabase catalog) => Assert.Equal("ok", catalog.Read(static connection => connection.Scalar<string>("PRAGMA integrity_check"), ""));
}
