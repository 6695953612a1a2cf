using System.Text.RegularExpressions;

namespace BackupPS.Benchmarks.Peers;

/// <summary>Reads versions and refuses old ones: a figure against a slow old peer is worth nothing.</summary>
internal static partial class PeerVersion
{
    /// <summary>The version in the first line of what a program prints.</summary>
    /// <exception cref="BenchmarkException">There is none, or it is older than <paramref name="minimum"/>.</exception>
    public static string Check(string program, string printed, Version minimum)
    {
        Match match = Number().Match(printed);
        if (!match.Success) throw new BenchmarkException($"{program} does not tell its version: {printed.Trim()}");
        var found = Version.Parse(match.Value);
        return found >= minimum
            ? match.Value
            : throw new BenchmarkException($"{program} {found} is too old to compare with: {minimum} or newer is needed. Debian's newer suites have it, and the package unpacks with dpkg-deb -x.");
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();
}
