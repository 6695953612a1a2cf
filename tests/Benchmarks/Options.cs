using System.Globalization;

namespace BackupPS.Benchmarks;

/// <summary>Options of a command line: <c>--name value</c>. A name that nobody asked for is an error.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    public Options(IReadOnlyList<string> arguments, params IReadOnlyList<string> known)
    {
        for (int i = 0; i < arguments.Count; i += 2)
        {
            string name = arguments[i];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !known.Contains(name[2..]))
            {
                throw new BenchmarkException($"There is no option '{name}' here. The options are: {string.Join(", ", known.Select(static k => "--" + k))}.");
            }

            if (i + 1 == arguments.Count) throw new BenchmarkException($"The option {name} needs a value.");
            values[name[2..]] = arguments[i + 1];
        }
    }

    public string? Find(string name) => values.GetValueOrDefault(name);

    public string Text(string name, string other) => Find(name) ?? other;

    public string Required(string name) => Find(name) ?? throw new BenchmarkException($"The option --{name} is missing.");

    /// <summary>An absolute path.</summary>
    public string Folder(string name, string other) => Path.GetFullPath(Find(name) ?? other);

    public int Count(string name, int other)
    {
        if (Find(name) is not { } text) return other;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : throw new BenchmarkException($"--{name} takes a whole number above 0, not '{text}'.");
    }

    public double Fraction(string name, double other)
    {
        if (Find(name) is not { } text) return other;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is > 0 and <= 1
            ? value
            : throw new BenchmarkException($"--{name} takes a number above 0 and up to 1, not '{text}'.");
    }

    /// <summary>Names from a list, by commas; <c>all</c>, or nothing: every one.</summary>
    public IReadOnlyList<string> Choice(string name, IReadOnlyList<string> all)
    {
        if (Find(name) is not { } text || text == "all") return all;
        string[] chosen = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string one in chosen)
        {
            if (!all.Contains(one)) throw new BenchmarkException($"--{name} takes {string.Join(", ", all)} or all, not '{one}'.");
        }

        return [.. all.Where(chosen.Contains)];
    }
}
