using System.Globalization;
using BackupPS.Soak.Children;

namespace BackupPS.Soak;

/// <summary>What the children said. Safe for any number of threads.</summary>
internal sealed class Ledger
{
    private readonly Lock gate = new();
    private readonly HashSet<string> committed = new(StringComparer.Ordinal);
    private readonly HashSet<string> removing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> failures = new(StringComparer.Ordinal);
    private readonly HashSet<string> optimizers = new(StringComparer.Ordinal);
    private readonly List<string> defects = [];

    /// <summary>Whether the store is in trouble, so that operations may fail.</summary>
    public bool MayFail { get; set; }

    /// <summary>Packs that were removed, in all.</summary>
    public int FreedCount { get; private set; }

    /// <summary>Snapshots that were committed, in all.</summary>
    public int CommittedCount { get; private set; }

    public IReadOnlyList<string> Defects
    {
        get
        {
            lock (gate) return [.. defects];
        }
    }

    /// <summary>Errors that were to be expected, by their ids.</summary>
    public string Failures
    {
        get
        {
            lock (gate) return string.Join(", ", failures.OrderBy(static f => f.Key).Select(static f => $"{f.Key} {f.Value}"));
        }
    }

    /// <summary>Snapshots that must be there: committed, and nobody began to remove them.</summary>
    public IReadOnlySet<string> Required
    {
        get
        {
            lock (gate) return committed.Where(id => !removing.Contains(id)).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Takes a line of a child.</summary>
    public void Note(string child, string line)
    {
        lock (gate)
        {
            if (line.StartsWith(SoakChild.Committed, StringComparison.Ordinal))
            {
                committed.Add(line[SoakChild.Committed.Length..]);
                CommittedCount++;
            }
            else if (line.StartsWith(SoakChild.Removing, StringComparison.Ordinal))
            {
                removing.Add(line[SoakChild.Removing.Length..]);
            }
            else if (line.StartsWith(SoakChild.Freed, StringComparison.Ordinal))
            {
                optimizers.Add(child);
                FreedCount += int.Parse(line.AsSpan(SoakChild.Freed.Length), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith(SoakChild.Failed, StringComparison.Ordinal))
            {
                string id = line[SoakChild.Failed.Length..].Split(' ')[0];
                failures[id] = failures.GetValueOrDefault(id) + 1;

                // A store, or a home, that is full or read-only says so, and in no other way. Who was fenced off hears of it.
                if (id != "SessionFenced" && !IsBeforeTheFirst(child, line) && !(MayFail && id is ("StoreFull" or "StoreUnreachable" or "CatalogUnusable"))) defects.Add($"{child}: {line}");
            }
            else if (line != SoakChild.Ready && !(MayFail && line.StartsWith(SoakChild.Unkept, StringComparison.Ordinal)))
            {
                defects.Add($"{child}: {line}");
            }
        }
    }

    public void AddDefect(string what)
    {
        lock (gate) defects.Add(what);
    }

    /// <summary>The repository is replaced by an empty one.</summary>
    public void Forget()
    {
        lock (gate)
        {
            committed.Clear();
            removing.Clear();
            optimizers.Clear();
        }
    }

    // Nothing is deleted before the first snapshot: a repository without any looks like one whose snapshots are missing. Others' words of the first may come sooner.
    private bool IsBeforeTheFirst(string child, string line) =>
        !optimizers.Contains(child) && line.StartsWith(SoakChild.Failed + "DeletionUnsafe", StringComparison.Ordinal) && line.Contains("no snapshot and no record of a removal", StringComparison.Ordinal);
}
