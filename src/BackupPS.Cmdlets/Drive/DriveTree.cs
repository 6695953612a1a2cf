using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>What is on the drive. It opens what it is asked for, and unlocks with the keys that this process has, or the unattended secret.</summary>
/// <param name="engine">The engine.</param>
/// <param name="memory">What is known already.</param>
internal sealed class DriveTree(BackupEngine engine, DriveMemory memory)
{
    // A walk that PowerShell does itself, folder by folder, must not come into another snapshot on its way.
    private readonly ConcurrentDictionary<(string Repository, string Policy, string Host), string?> latest = new();

    /// <summary>What is at a path: <see langword="true"/> for a folder, <see langword="false"/> for another item, <see langword="null"/> for nothing.</summary>
    /// <exception cref="BackupException">It cannot be told.</exception>
    internal async ValueTask<bool?> IsFolderAsync(DrivePath path, CancellationToken cancellationToken)
    {
        if (path.IsRoot) return true;
        if (path.IsRepository) return await IsRegisteredAsync(path.Repository, cancellationToken) ? true : null;
        try
        {
            if (path.IsPolicy) return await FindPolicyAsync(path, await memory.GetAsync(engine, Checked(path), cancellationToken), cancellationToken) is not null ? true : null;
            if (path.IsHost) return (await memory.GetAsync(engine, Checked(path), cancellationToken)).Of(path.Policy, path.Host).Count > 0 ? true : null;
            if (path.IsSnapshot) return await ResolveAsync(path, cancellationToken) is not null ? true : null;
            return await FindItemAsync(path, cancellationToken) is { } item ? item.Type == "Directory" : null;
        }
        catch (BackupException e) when (e.Error == BackupError.RepositoryNotFound)
        {
            return null;
        }
    }

    /// <summary>What is at a path; <see langword="null"/> for nothing. The root has no object of ours.</summary>
    /// <exception cref="BackupException">It cannot be told.</exception>
    internal async ValueTask<DriveItem?> GetAsync(DrivePath path, CancellationToken cancellationToken)
    {
        if (path.IsRepository)
        {
            return await FindRepositoryAsync(path, cancellationToken) is { } repository ? new DriveItem(repository, path, IsFolder: true) : null;
        }

        if (path.IsPolicy)
        {
            SnapshotNames names = await memory.ReadAsync(engine, Checked(path), onFault: null, cancellationToken);
            return await FindPolicyAsync(path, names, cancellationToken) is { } policy ? new DriveItem(policy, path, IsFolder: true) : null;
        }

        if (path.IsHost)
        {
            IReadOnlyList<NamedSnapshot> made = (await memory.ReadAsync(engine, Checked(path), onFault: null, cancellationToken)).Of(path.Policy, path.Host);
            return made.Count > 0 ? DescribeHost(path, made) : null;
        }

        if (path.IsSnapshot)
        {
            // An object of its own each time: PowerShell writes its path into it.
            if (await ResolveAsync(path, cancellationToken) is not { } id) return null;
            var query = new SnapshotQuery { Repository = path.Repository, SnapshotId = id };
            await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(query, RunCallbacks.None, cancellationToken)) return new DriveItem(snapshot, path.Pin(id), IsFolder: true);
            return null;
        }

        return await FindItemAsync(path, cancellationToken) is { } item ? new DriveItem(item, path.Pin(item.SnapshotId), item.Type == "Directory") : null;
    }

    /// <summary>What is in a folder, a folder before what is in it. <c>latest</c> and ids are not listed, so that each snapshot is met once.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="depth">So many levels.</param>
    /// <param name="report">Told of what cannot be read while the rest goes on.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="BackupException">The folder itself cannot be read.</exception>
    internal IAsyncEnumerable<DriveItem> ListAsync(DrivePath path, int depth, Action<BackupException> report, CancellationToken cancellationToken) =>
        path.IsRoot || path.IsRepository || path.IsPolicy || path.IsHost ? ListAboveAsync(path, depth, report, cancellationToken) : ListItemsAsync(path, depth, report, cancellationToken);

    /// <summary>Whether a listing of its folder has a path, of those below a policy that lead to a host or a snapshot.</summary>
    internal async ValueTask<bool> IsListedAsync(DrivePath path, CancellationToken cancellationToken)
    {
        bool severalHosts = (await memory.GetAsync(engine, Checked(path), cancellationToken)).HostsOf(path.Policy).Count > 1;
        return path.IsHost ? severalHosts : SnapshotNames.IsListed(path.Snapshot) && (path.Host.Length > 0 || !severalHosts);
    }

    /// <summary>The content of a file.</summary>
    /// <exception cref="BackupException">There is none, or it is no file.</exception>
    internal async Task<Stream> OpenContentAsync(DrivePath path, CancellationToken cancellationToken)
    {
        using ISnapshotBrowser snapshot = await BrowseAsync(path, cancellationToken);
        return await snapshot.OpenContentAsync(path.Names, cancellationToken);
    }

    private async IAsyncEnumerable<DriveItem> ListAboveAsync(DrivePath path, int depth, Action<BackupException> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerable<DriveItem> folders = path.IsRoot ? ListRepositoriesAsync(path, cancellationToken)
            : path.IsRepository ? ListPoliciesAsync(path, report, cancellationToken)
            : ListSnapshotsAsync(path, report, cancellationToken);
        await foreach (DriveItem folder in folders)
        {
            yield return folder;
            if (depth <= 1) continue;

            // One that is locked or damaged does not hide the others.
            await using IAsyncEnumerator<DriveItem> below = ListAsync(folder.Path, depth - 1, report, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await MoveNextAsync(below, report)) yield return below.Current;
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<DriveItem> items, Action<BackupException> report)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (BackupException e)
        {
            report(e);
            return false;
        }
    }

    private async IAsyncEnumerable<DriveItem> ListRepositoriesAsync(DrivePath path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BackupRepository repository in engine.GetRepositoriesAsync(cancellationToken)) yield return new DriveItem(repository, path.Child(repository.Name), IsFolder: true);
    }

    private async IAsyncEnumerable<DriveItem> ListPoliciesAsync(DrivePath path, Action<BackupException> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SnapshotNames names = await memory.ReadAsync(engine, Checked(path), ToReport(report), cancellationToken);
        IReadOnlyList<BackupPolicy> registered = await ListRegisteredAsync(path.Repository, cancellationToken);
        foreach (string name in names.Policies.Union(registered.Select(static p => p.PolicyName), StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase))
        {
            yield return new DriveItem(Describe(path.Repository, name, names, registered), path.Child(name.Length > 0 ? name : DrivePath.AdHoc), IsFolder: true);
        }
    }

    private async IAsyncEnumerable<DriveItem> ListSnapshotsAsync(DrivePath path, Action<BackupException> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SnapshotNames names = await memory.ReadAsync(engine, Checked(path), ToReport(report), cancellationToken);
        if (path.IsPolicy && names.HostsOf(path.Policy) is { Count: > 1 } hosts)
        {
            foreach (string host in hosts) yield return DescribeHost(path.HostChild(host), names.Of(path.Policy, host));
            yield break;
        }

        foreach (NamedSnapshot named in names.Of(path.Policy, path.Host)) yield return new DriveItem(named.Snapshot, path.Child(named.Name), IsFolder: true);
    }

    private async IAsyncEnumerable<DriveItem> ListItemsAsync(DrivePath path, int depth, Action<BackupException> report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using ISnapshotBrowser snapshot = await BrowseAsync(path, cancellationToken);
        path = path.Pin(snapshot.SnapshotId);
        await foreach (BackupItem item in snapshot.ListAsync(path.Names, depth, ToReport(report), cancellationToken)) yield return new DriveItem(item, path.Item(item.Path), item.Type == "Directory");
    }

    private static Action<BackupFault> ToReport(Action<BackupException> report) =>
        fault => report(new BackupException(fault.Error, $"{PathText.ToDisplay(fault.Path)}: {fault.Reason}", fault.Path));

    private async ValueTask<BackupItem?> FindItemAsync(DrivePath path, CancellationToken cancellationToken)
    {
        if (await ResolveAsync(path, cancellationToken) is not { } id) return null;
        using ISnapshotBrowser snapshot = await engine.BrowseSnapshotAsync(path.Repository, id, secret: null, cancellationToken);
        return await snapshot.FindAsync(path.Names, cancellationToken);
    }

    private async ValueTask<ISnapshotBrowser> BrowseAsync(DrivePath path, CancellationToken cancellationToken)
    {
        string id = await ResolveAsync(path, cancellationToken)
            ?? throw new BackupException(BackupError.SnapshotNotFound, $"There is no snapshot '{path.Snapshot}' of {(path.Policy.Length > 0 ? $"the policy '{path.Policy}'" : "no policy")} in '{path.Repository}'.", path.Snapshot);
        return await engine.BrowseSnapshotAsync(path.Repository, id, secret: null, cancellationToken);
    }

    // One that is out of reach is known all the same.
    private async Task<BackupRepository?> FindRepositoryAsync(DrivePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.GetRepositoryAsync(Checked(path), cancellationToken);
        }
        catch (BackupException)
        {
            await foreach (BackupRepository repository in engine.GetRepositoriesAsync(cancellationToken))
            {
                if (string.Equals(repository.Name, path.Repository, StringComparison.OrdinalIgnoreCase)) return repository;
            }

            return null;
        }
    }

    private async ValueTask<string?> ResolveAsync(DrivePath path, CancellationToken cancellationToken)
    {
        Checked(path);
        if (!path.IsLatest) return await memory.ResolveAsync(engine, path, cancellationToken);
        if (latest.TryGetValue((path.Repository, path.Policy, path.Host), out string? known)) return known;
        return latest[(path.Repository, path.Policy, path.Host)] = await memory.ResolveAsync(engine, path, cancellationToken);
    }

    // The engine takes paths of folders for repositories, too; the drive has those of the catalog.
    private static string Checked(DrivePath path) => !Path.IsPathFullyQualified(path.Repository) ? path.Repository
        : throw new BackupException(BackupError.RepositoryNotFound, $"No repository named '{path.Repository}' is registered here.", path.Repository);

    private Task<bool> IsRegisteredAsync(string name, CancellationToken cancellationToken) =>
        Task.Run(() => engine.GetKnownNames().Repositories.Contains(name, StringComparer.OrdinalIgnoreCase), cancellationToken);

    private async ValueTask<BackupPolicy?> FindPolicyAsync(DrivePath path, SnapshotNames names, CancellationToken cancellationToken)
    {
        IReadOnlyList<BackupPolicy> registered = await ListRegisteredAsync(path.Repository, cancellationToken);
        return names.Of(path.Policy).Count > 0 || registered.Any(p => p.PolicyName.Equals(path.Policy, StringComparison.OrdinalIgnoreCase)) ? Describe(path.Repository, path.Policy, names, registered) : null;
    }

    private async Task<IReadOnlyList<BackupPolicy>> ListRegisteredAsync(string repository, CancellationToken cancellationToken)
    {
        // A policy may name its repository by path.
        BackupRepository known = await engine.GetRepositoryAsync(repository, cancellationToken);
        return [.. (await engine.GetPoliciesAsync(cancellationToken)).Where(p => p.RepositoryId == known.RepositoryId)];
    }

    // Not a noun of its own: it has what a snapshot says of its host.
    private static DriveItem DescribeHost(DrivePath path, IReadOnlyList<NamedSnapshot> made)
    {
        var host = new PSObject();
        host.Properties.Add(new PSNoteProperty(nameof(BackupSnapshot.HostName), made[^1].Snapshot.HostName));
        host.Properties.Add(new PSNoteProperty(nameof(BackupSnapshot.PolicyName), made[^1].Snapshot.PolicyName));
        host.Properties.Add(new PSNoteProperty(nameof(BackupItem.SnapshotCount), made.Count));
        host.Properties.Add(new PSNoteProperty(nameof(BackupItem.LastSeen), made[^1].Snapshot.Time));
        return new DriveItem(host, path, IsFolder: true);
    }

    // Of a policy that is not registered here, but on another host or no more, its snapshots tell the name and the sources.
    private static BackupPolicy Describe(string repository, string name, SnapshotNames names, IReadOnlyList<BackupPolicy> registered)
    {
        BackupPolicy? known = registered.FirstOrDefault(p => p.PolicyName.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (known is not null) return known;
        BackupSnapshot latest = names.Of(name)[^1].Snapshot;
        return new BackupPolicy { PolicyName = name.Length > 0 ? latest.PolicyName : DrivePath.AdHoc, Source = latest.Source, Repository = repository, RepositoryId = latest.RepositoryId };
    }
}
