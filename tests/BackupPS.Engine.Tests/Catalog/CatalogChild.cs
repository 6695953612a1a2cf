using System.Collections;
using System.Globalization;
using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Tests.Catalog;

/// <summary>A process that writes to the catalog until it is killed.</summary>
internal static class CatalogChild
{
    public const string Task = "catalog";

    // No machine ends this before it is killed.
    private const string Forever = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000000000) SELECT count(*) FROM n;";

    /// <summary>Runs in the child: <c>migrate home step statement</c> stops for ever in that migration after so many statements; <c>write home first</c> adds repositories from that number on, and says each.</summary>
    public static Task<int> RunAsync(string[] arguments)
    {
        string home = arguments[1];
        int number = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        if (arguments[0] == "migrate")
        {
            string[] steps = [.. CatalogMigrations.All];
            IReadOnlyList<string> statements = Statements(steps[number]);
            int done = int.Parse(arguments[3], CultureInfo.InvariantCulture);
            steps[number] = string.Join("\n", [.. statements.Take(done), Forever, .. statements.Skip(done)]);
            new CatalogDatabase(home, TimeProvider.System, new ToldSteps(steps, number)).Repositories.Add("after", "r", "/srv/after");
        }

        var catalog = new CatalogDatabase(home, TimeProvider.System);
        for (int i = number; ; i++)
        {
            StartedRun run = catalog.Runs.Begin(new RunStart { Operation = "Backup", Repository = "vault", RepositoryId = "r", PolicyName = $"p{i}", HostName = "here" });
            catalog.Repositories.Add($"r{i}", $"id{i}", $"/srv/{i}");
            catalog.Runs.End(run, new RunEnd { Status = "Complete", Duration = TimeSpan.FromSeconds(1), SnapshotId = $"s{i}" });
            Console.WriteLine(i);
        }
    }

    /// <summary>The statements of a migration.</summary>
    public static IReadOnlyList<string> Statements(string migration) => [.. migration.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static s => s + ";")];

    // Asked for a step when its transaction has begun.
    private sealed class ToldSteps(string[] steps, int told) : IReadOnlyList<string>
    {
        public int Count => steps.Length;

        public string this[int index]
        {
            get
            {
                if (index == told) Console.WriteLine("begun");
                return steps[index];
            }
        }

        public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)steps).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
