using System.Runtime.CompilerServices;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Index;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// Finds items in many snapshots at once, and tells each distinct version of them once. The snapshots of one host are gone through side by side, folder
/// by folder, so that what they share is read once; those of different hosts are different items.
/// </summary>
internal sealed class ItemSearch(OperationContext context)
{
    public async IAsyncEnumerable<BackupItem> RunAsync(ItemSearchQuery query, RunCallbacks callbacks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] repositories = query.Repository is not null ? [query.Repository] : [.. context.Catalog.Repositories.List().Select(static r => r.Name)];
        var unknown = new HashSet<string>(query.SnapshotId, StringComparer.Ordinal);
        HashSet<string>? missing = null;
        string? ownId = context.FindKnownHostId();
        bool found = false;
        long folders = 0;
        foreach (string name in repositories)
        {
            ConnectedRepository connected;
            IReadOnlyList<SnapshotRecord> all;
            BlobIndex index;
            try
            {
                (connected, all, index) = await OpenAsync(name, query.Secret, callbacks, cancellationToken);
            }
            catch (BackupException e) when (repositories.Length > 1)
            {
                // One of several that is locked or out of reach does not hide the others.
                callbacks.OnFault?.Invoke(new BackupFault(e.Error, name, e.Message));
                continue;
            }

            await using ConnectedRepository closing = connected;
            using var blobs = new BlobReader(connected.Repository, index) { ScansPacks = true };
            unknown.ExceptWith(all.Select(static r => r.Id));
            foreach (IGrouping<string, SnapshotRecord> host in all.Where(r => IsWanted(r, query, ownId)).GroupBy(static r => r.HostId, StringComparer.Ordinal))
            {
                var selection = new ItemSelection(query.Name, query.LiteralPath, context.FileSystem.IgnoresCase);
                SnapshotRecord[] snapshots = [.. host];
                await foreach (BackupItem item in SearchAsync(snapshots, selection, connected, new TreeReader(blobs), callbacks, path => callbacks.Progress?.Report(new OperationProgress("Searching", ++folders, 0, 0, 0, path)), cancellationToken))
                {
                    found = true;
                    yield return item;
                }

                if (missing is null) missing = [.. selection.Missing];
                else missing.IntersectWith(selection.Missing);
            }
        }

        foreach (string id in unknown) callbacks.OnFault?.Invoke(new BackupFault(BackupError.SnapshotNotFound, id, "there is no such snapshot (any more)"));
        if (!found && (unknown.Count == 0 || unknown.Count < query.SnapshotId.Count))
        {
            string[] wanted = [.. query.Name, .. query.LiteralPath];
            throw new BackupException(BackupError.ItemNotFound, $"Nothing in the snapshots that were searched matches {string.Join(", ", wanted.Select(PathText.ToDisplay))}.", wanted.FirstOrDefault());
        }

        if (!found) yield break;
        foreach (string path in missing ?? []) callbacks.OnFault?.Invoke(new BackupFault(BackupError.ItemNotFound, path, "it is in none of the snapshots that were searched"));
    }

    private async Task<(ConnectedRepository Connected, IReadOnlyList<SnapshotRecord> Snapshots, BlobIndex Index)> OpenAsync(string repository, RepositorySecret? secret, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        ConnectedRepository connected = await context.Connections.OpenAsync(repository, secret, callbacks, cancellationToken);
        try
        {
            var store = new SnapshotStore(connected.Repository, context.Time, new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id));
            IReadOnlyList<SnapshotRecord> snapshots = await store.ListRecordsAsync(SnapshotSelection.All, e => callbacks.OnFault?.Invoke(new BackupFault(e.Error, e.Target, e.Message)), cancellationToken);
            return (connected, snapshots, await IndexLoader.LoadForReadingAsync(connected.Repository, scanPacks: false, onDamage: null, cancellationToken));
        }
        catch
        {
            await connected.DisposeAsync();
            throw;
        }
    }

    private async IAsyncEnumerable<BackupItem> SearchAsync(SnapshotRecord[] snapshots, ItemSelection selection, ConnectedRepository connected, TreeReader trees, RunCallbacks callbacks, Action<string> onFolder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var root = new Dictionary<BlobId, SnapshotNumbers>();
        for (int number = 0; number < snapshots.Length; number++)
        {
            BlobId tree = BlobId.Parse(snapshots[number].Root);
            if (root.TryGetValue(tree, out SnapshotNumbers? same)) same.Add(number);
            else root.Add(tree, new SnapshotNumbers(snapshots.Length, number));
        }

        var removed = new HashSet<int>();
        var levels = new Stack<(string Path, IAsyncEnumerator<NamedVersions> Names)>();
        try
        {
            Enter(SourcePath.Root, root);
            while (levels.TryPeek(out (string Path, IAsyncEnumerator<NamedVersions> Names) level))
            {
                if (!await level.Names.MoveNextAsync())
                {
                    levels.Pop();
                    await level.Names.DisposeAsync();
                    continue;
                }

                NamedVersions named = level.Names.Current;
                string path = SourcePath.Join(level.Path, PathText.FromBytes(named.Name));
                foreach (ItemVersion version in named.Versions.OrderBy(static v => v.Holders.InOrder().First()))
                {
                    if (!selection.Includes(path, version.Entry.Kind == ItemKind.Directory)) continue;
                    SnapshotRecord[] holders = [.. version.Holders.InOrder().Where(number => !removed.Contains(number)).Select(number => snapshots[number])];
                    if (holders.Length > 0) yield return ItemDescription.Describe(version.Entry, path, new ItemHolders(connected.Reference, holders[0], holders[^1], [.. holders.Select(static h => h.Id)]));
                }

                if (named.Subtrees.Count > 0 && selection.MayIncludeBelow(path)) Enter(path, named.Subtrees);
            }
        }
        finally
        {
            while (levels.TryPop(out (string Path, IAsyncEnumerator<NamedVersions> Names) left)) await left.Names.DisposeAsync();
        }

        void Enter(string path, IReadOnlyDictionary<BlobId, SnapshotNumbers> folder)
        {
            onFolder(path);
            var versions = new FolderVersions(trees, folder, entry => IsWanted(path, entry, selection), (holders, e) => TellAsync(path, holders, e));
            levels.Push((path, versions.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken)));
        }

        // What is missing is damage, unless its snapshot has been removed meanwhile.
        async ValueTask TellAsync(string path, SnapshotNumbers holders, BackupException e)
        {
            bool stands = true;
            if (e.Error == BackupError.BlobMissing || e.Error == BackupError.ObjectMissing)
            {
                stands = false;
                var store = new SnapshotStore(connected.Repository, context.Time);
                foreach (int number in holders.InOrder())
                {
                    if (removed.Contains(number)) continue;
                    string id = snapshots[number].Id;
                    if (await store.ExistsAsync(id, cancellationToken)) stands = true;
                    else if (removed.Add(number)) callbacks.OnFault?.Invoke(new BackupFault(BackupError.SnapshotRemoved, id, "the snapshot was removed while it was searched"));
                }
            }

            if (stands) callbacks.OnFault?.Invoke(new BackupFault(e.Error, path, e.Message));
        }
    }

    private static bool IsWanted(string folder, TreeEntry entry, ItemSelection selection)
    {
        string path = SourcePath.Join(folder, PathText.FromBytes(entry.Name));
        bool isFolder = entry.Kind == ItemKind.Directory;
        return selection.Includes(path, isFolder) || (isFolder && selection.MayIncludeBelow(path));
    }

    private static bool IsWanted(SnapshotRecord record, ItemSearchQuery query, string? ownId) =>
        (query.SnapshotId.Count + query.PolicyName.Count == 0 || query.SnapshotId.Contains(record.Id) || query.PolicyName.Contains(record.PolicyName, StringComparer.OrdinalIgnoreCase))
        && (query.Hosts is null || query.Hosts.Has(record.HostId, record.HostName, ownId))
        && (query.Since is null || record.Time >= query.Since)
        && (query.Until is null || record.Time <= query.Until);
}
