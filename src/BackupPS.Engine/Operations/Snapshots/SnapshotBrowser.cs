using System.Runtime.CompilerServices;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Content;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>One user's hold on a snapshot that is open.</summary>
internal sealed class SnapshotBrowser(OpenSnapshots owner, OpenSnapshot snapshot, TimeProvider time) : ISnapshotBrowser, IAsyncDisposable
{
    private int disposed;

    public string SnapshotId => Reading.State.Record.Id;

    private SnapshotReading Reading => snapshot.Reading;

    public ValueTask<BackupItem?> FindAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        if (names.Count > 0 && snapshot.ItemsGate.Wait(TimeSpan.Zero, cancellationToken))
        {
            try
            {
                if (snapshot.Items.TryFindAtHand(names, out TreeEntry? entry)) return new ValueTask<BackupItem?>(entry is null ? null : Describe(names, entry));
            }
            finally
            {
                snapshot.ItemsGate.Release();
            }
        }

        return new ValueTask<BackupItem?>(Task.Run(() => ExplainAsync(async () => await LookUpAsync(names, cancellationToken) is { } entry ? Describe(names, entry) : null, cancellationToken), cancellationToken));
    }

    public async IAsyncEnumerable<BackupItem> ListAsync(IReadOnlyList<string> names, int depth, Action<BackupFault> onFault, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);

        // Who lists it may let go of it while the listing still ends.
        using SnapshotBrowser holder = owner.Share(snapshot);

        // Once: what is below may block as disks do.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        BlobId tree = await ExplainAsync(() => FindTreeAsync(names, cancellationToken), cancellationToken);
        IAsyncEnumerable<TreeItem> items = new SnapshotItems(Reading.Trees).EnumerateBelowAsync(SourcePath.Combine(names), tree, depth, (path, e) => onFault(new BackupFault(e.Error, path, e.Message)), cancellationToken);
        var holders = ItemHolders.Only(Reading.Reference, Reading.State.Record);
        await using IAsyncEnumerator<TreeItem> item = items.GetAsyncEnumerator(cancellationToken);
        while (await ExplainAsync(() => item.MoveNextAsync().AsTask(), cancellationToken)) yield return ItemDescription.Describe(item.Current.Entry, item.Current.Path, holders);
    }

    public Task<Stream> OpenContentAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        return Task.Run(() => ExplainAsync(() => OpenAsync(names, cancellationToken), cancellationToken), cancellationToken);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0) owner.Return(snapshot);
    }

    // As the owner of a stream.
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private BackupItem Describe(IReadOnlyList<string> names, TreeEntry entry) =>
        ItemDescription.Describe(entry, SourcePath.Combine(names), ItemHolders.Only(Reading.Reference, Reading.State.Record));

    private async Task<TreeEntry?> LookUpAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await snapshot.ItemsGate.WaitAsync(cancellationToken);
        try
        {
            return await snapshot.Items.FindAsync(names, cancellationToken);
        }
        finally
        {
            snapshot.ItemsGate.Release();
        }
    }

    private async Task<BlobId> FindTreeAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0) return Reading.Root;
        TreeEntry? entry = await LookUpAsync(names, cancellationToken);
        if (entry?.Kind == ItemKind.Directory) return entry.Subtree;
        string path = SourcePath.Combine(names);
        throw new BackupException(BackupError.ItemNotFound, $"There is no folder '{PathText.ToDisplay(path)}' in the snapshot {SnapshotId}.", path);
    }

    private async Task<Stream> OpenAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        SnapshotBrowser holder = owner.Share(snapshot);
        try
        {
            TreeEntry? entry = await LookUpAsync(names, cancellationToken);
            return await ContentOpening.OpenAsync(Reading, entry, SourcePath.Combine(names), time, holder, cancellationToken);
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }
    }

    private async Task<T> ExplainAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not (OperationCanceledException or ArgumentException or ObjectDisposedException))
        {
            throw await Reading.ExplainAsync(StoreErrors.Translate(e), time, cancellationToken);
        }
    }
}
