using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Engine.Tests.Benchmarks;

public sealed class ChangeSetTests
{
    [Fact]
    public void It_changes_what_it_says_and_the_same_for_everybody()
    {
        string root = Directory.CreateTempSubdirectory("change-set-").FullName;
        try
        {
            string[] trees = [Path.Combine(root, "a"), Path.Combine(root, "b")];
            foreach (string tree in trees)
            {
                MakeTree(tree);
                ChangeSet.Plan(tree, new SeededRandom(7)).Apply(tree);
            }

            Dictionary<string, string> before = Read(MakeTree(Path.Combine(root, "before"))), after = Read(trees[0]);
            Assert.Equal(after, Read(trees[1]));

            ChangeSet changes = ChangeSet.Plan(Path.Combine(root, "before"), new SeededRandom(7));
            Assert.Equal((20, 5, 5), (changes.Edited.Count, changes.Removed.Count, changes.Added.Count));
            (string from, string to) = changes.Moved!.Value;
            string Moved(string path) => path.StartsWith(from + "/", StringComparison.Ordinal) ? to + path[from.Length..] : path;
            Assert.All(changes.Edited, path => Assert.NotEqual(before[path], after[Moved(path)]));
            Assert.All(changes.Removed, path => Assert.False(after.ContainsKey(Moved(path))));
            Assert.All(changes.Added, added => Assert.NotEqual(before[added.Model], after[Moved(added.Path)]));
            Assert.DoesNotContain(after.Keys, path => path.StartsWith(from + "/", StringComparison.Ordinal));
            string[] untouched = [.. before.Keys.Except(changes.Edited).Except(changes.Removed)];
            Assert.All(untouched, path => Assert.Equal(before[path], after[Moved(path)]));
            Assert.Equal(before.Count, after.Count);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static string MakeTree(string root)
    {
        var text = new SeededText(new SeededRandom(1));
        for (int i = 0; i < 1000; i++)
        {
            string folder = Path.Combine(root, $"folder-{i % 50}");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, $"file-{i}"), text.Next(500));
        }

        // A folder that is reached by a link as well counts once.
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), "folder-1");
        return root;
    }

    private static Dictionary<string, string> Read(string root) =>
        TreeWalk.Files(root).ToDictionary(f => Path.GetRelativePath(root, f), File.ReadAllText);
}
