using System.Text.RegularExpressions;

namespace BackupPS.Engine.Tests.ArchitectureRules;

/// <summary>There is one way in which the engine says that an object cannot be had, so that no reader can forget half of it.</summary>
public sealed partial class UnavailabilityTests
{
    [Fact]
    public void The_table_says_which_errors_mean_that_an_object_cannot_be_had()
    {
        Assert.Equal(["BlobMissing", "KeyDamaged", "ObjectDamaged", "ObjectDenied", "ObjectMissing"], BackupError.All.Values.Where(static e => e.MeansUnavailable).Select(static e => e.Id).Order(StringComparer.Ordinal));
        Assert.True(new BackupException(BackupError.ObjectDenied, "denied").IsUnavailable);
        Assert.False(new BackupException(BackupError.StoreUnreachable, "gone").IsUnavailable);
    }

    [Fact]
    public void No_reader_catches_a_part_of_them()
    {
        var violations = new List<string>();
        int filters = 0;
        foreach ((string path, string text) in Sources())
        {
            foreach (Match filter in Filter().Matches(text))
            {
                filters++;

                // Those that look again where something is missing, and those that tell apart what is unavailable, know what they do.
                if (Part().IsMatch(filter.Value) && !filter.Value.Contains("IsUnavailable", StringComparison.Ordinal)) violations.Add($"{path}: {filter.Value}");
            }

            bool isStore = path.StartsWith("Storage", StringComparison.Ordinal) || Path.GetFileName(path) == "StoreErrors.cs";
            if (!isStore && Failure().IsMatch(text)) violations.Add($"{path}: asks a store's failure whether an object is damaged");
        }

        Assert.True(filters > 50);
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations));
    }

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "BackupPS.sln"))) folder = Path.GetDirectoryName(folder);
        string engine = Path.Combine(folder!, "src", "BackupPS.Engine");
        foreach (string file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(engine, file);
            if (!path.StartsWith("obj", StringComparison.Ordinal) && !path.StartsWith("bin", StringComparison.Ordinal)) yield return (path, File.ReadAllText(file));
        }
    }

    [GeneratedRegex(@"catch \(.*\) when \(.*\)")]
    private static partial Regex Filter();

    [GeneratedRegex(@"BackupError\.(ObjectDamaged|ObjectDenied|KeyDamaged)")]
    private static partial Regex Part();

    [GeneratedRegex(@"StoreFailure\.(Damaged|Denied)")]
    private static partial Regex Failure();
}
