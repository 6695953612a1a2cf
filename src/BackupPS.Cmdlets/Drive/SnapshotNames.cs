using System.Globalization;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// The snapshots of a repository by their names on the drive. A snapshot is named by when it was made: <c>2026-11-03T130509Z</c>. Those of one policy
/// that share the second, as those of several hosts may, have the beginning of their id behind it: <c>2026-11-03T130509Z-1a2b3c4d</c>. That form, and the
/// id or the beginning of it alone, names each snapshot at any time.
/// </summary>
internal sealed class SnapshotNames
{
    private const int ShownDigits = 8;
    private const string TimeForm = "yyyy-MM-dd'T'HHmmss'Z'";
    private const int TimeLength = 18;

    private readonly Dictionary<string, NamedSnapshot[]> policies;
    private readonly Dictionary<(string Policy, string Name), BackupSnapshot> known = [];

    /// <param name="snapshots">All of a repository, oldest first.</param>
    internal SnapshotNames(IReadOnlyList<BackupSnapshot> snapshots)
    {
        policies = snapshots.GroupBy(static s => s.PolicyName, StringComparer.OrdinalIgnoreCase).ToDictionary(static p => p.Key, static p => ToNamed([.. p]), StringComparer.OrdinalIgnoreCase);
        foreach ((string policy, NamedSnapshot[] named) in policies)
        {
            foreach (NamedSnapshot snapshot in named) known[(policy, snapshot.Name)] = snapshot.Snapshot;
        }
    }

    /// <summary>Names of policies that have snapshots; one may be empty.</summary>
    internal IEnumerable<string> Policies => policies.Keys;

    /// <summary>The snapshots of a policy, oldest first; none where there is no such policy.</summary>
    internal IReadOnlyList<NamedSnapshot> Of(string policy) => policies.TryGetValue(policy, out NamedSnapshot[]? found) ? found : [];

    /// <summary>Those of them that a host has made; of any host, where its name is empty.</summary>
    internal IReadOnlyList<NamedSnapshot> Of(string policy, string host) => host.Length == 0 ? Of(policy) : [.. Of(policy).Where(s => IsOf(host, s.Snapshot))];

    /// <summary>The names of the hosts that have made snapshots of a policy, in order.</summary>
    internal IReadOnlyList<string> HostsOf(string policy) => [.. Of(policy).Select(static s => s.Snapshot.HostName).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>The id of the snapshot that a name, or the beginning of an id, means; <see langword="null"/> when there is none.</summary>
    /// <exception cref="BackupException">There are several (<see cref="BackupError.SnapshotAmbiguous"/>).</exception>
    internal string? Resolve(string policy, string host, string name)
    {
        // PowerShell asks for each item of a snapshot, by its listed name mostly.
        if (known.TryGetValue((policy, name), out BackupSnapshot? listed)) return IsOf(host, listed) ? listed.SnapshotId : null;
        bool isId = name.All(char.IsAsciiHexDigit);
        string[] found = [.. Of(policy, host).Where(s => Means(name, isId, s)).Select(static s => s.Snapshot.SnapshotId).Take(2)];
        return found.Length < 2 ? found.FirstOrDefault()
            : throw new BackupException(BackupError.SnapshotAmbiguous, $"'{name}' means several snapshots, such as {ViewText.Id(found[0])} and {ViewText.Id(found[1])}: give the id, or its beginning behind the time.", name);
    }

    /// <summary>Whether a name is of the form that listings have: another may name a snapshot all the same.</summary>
    internal static bool IsListed(string name) => name.Length >= TimeLength && DateTime.TryParseExact(name[..TimeLength], TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static NamedSnapshot[] ToNamed(IReadOnlyList<BackupSnapshot> snapshots)
    {
        Dictionary<string, int> sharing = snapshots.CountBy(NameOf, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. snapshots.Select(s => new NamedSnapshot(sharing[NameOf(s)] == 1 ? NameOf(s) : $"{NameOf(s)}-{s.SnapshotId[..ShownDigits]}", s))];
    }

    private static bool IsOf(string host, BackupSnapshot snapshot) => host.Length == 0 || snapshot.HostName.Equals(host, StringComparison.OrdinalIgnoreCase);

    private static bool Means(string name, bool isId, NamedSnapshot named)
    {
        string id = named.Snapshot.SnapshotId, time = named.Name[..TimeLength];
        if (isId) return id.StartsWith(name, StringComparison.OrdinalIgnoreCase);
        if (!name.StartsWith(time, StringComparison.OrdinalIgnoreCase)) return false;
        return name.Length == time.Length || (name.Length > time.Length + ShownDigits && name[time.Length] == '-' && id.StartsWith(name[(time.Length + 1)..], StringComparison.OrdinalIgnoreCase));
    }

    private static string NameOf(BackupSnapshot snapshot) => snapshot.Time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture);
}
