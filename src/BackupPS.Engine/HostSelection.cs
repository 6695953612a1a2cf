namespace BackupPS.Engine;

/// <summary>Whose snapshots are meant, where several hosts save into one repository: this host's (<see cref="Own"/>), anybody's, or those of hosts with certain names.</summary>
public sealed class HostSelection
{
    private readonly Func<string, bool>? matches;

    private HostSelection(Func<string, bool>? matches) => this.matches = matches;

    /// <summary>Those of this host, by its id: another of the same name is another.</summary>
    public static HostSelection Own { get; } = new(matches: null);

    /// <summary>Those of every host.</summary>
    public static HostSelection All { get; } = new(static _ => true);

    /// <summary>Those of the hosts whose names are told to be meant, whatever their ids: a host that was installed anew has another.</summary>
    /// <param name="matches">Whether a name is meant.</param>
    public static HostSelection Named(Func<string, bool> matches)
    {
        ArgumentNullException.ThrowIfNull(matches);
        return new HostSelection(matches);
    }

    /// <summary>Whether a host is meant.</summary>
    /// <param name="hostId">Its id.</param>
    /// <param name="hostName">Its name.</param>
    /// <param name="ownId">The id of this host; <see langword="null"/> where it has none yet.</param>
    public bool Has(string hostId, string hostName, string? ownId) => matches is null ? hostId == ownId : matches(hostName);
}
