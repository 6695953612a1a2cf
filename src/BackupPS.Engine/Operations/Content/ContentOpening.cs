using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Content;

/// <summary>Opens the content of one file of a snapshot.</summary>
internal sealed class ContentOpening(OperationContext context)
{
    public async Task<Stream> RunAsync(ContentQuery query, CancellationToken cancellationToken)
    {
        SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, query.Repository, query.Secret, query.SnapshotId, null, null, cancellationToken);
        try
        {
            return await OpenAsync(snapshot, new ItemLookup(snapshot.Trees, snapshot.Root, context.FileSystem.IgnoresCase), query.Path, context.Time, snapshot, cancellationToken);
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same in a snapshot that is open.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="items">Finds the file in it.</param>
    /// <param name="path">The file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owned">Disposed of with the stream.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<Stream> OpenAsync(SnapshotReading snapshot, ItemLookup items, string path, TimeProvider time, IAsyncDisposable owned, CancellationToken cancellationToken)
    {
        try
        {
            TreeEntry? entry = await items.FindAsync(path, cancellationToken);
            string id = snapshot.State.Record.Id;
            if (entry is null) throw new BackupException(BackupError.ItemNotFound, $"'{PathText.ToDisplay(path)}' is not in the snapshot {id}.", path);
            if (entry.Kind != ItemKind.File) throw new BackupException(BackupError.ItemNotFile, $"'{PathText.ToDisplay(path)}' in the snapshot {id} is no file: {entry.Kind}.", path);
            IReadOnlyList<BlobId> blobs = await snapshot.Trees.ReadContentAsync(entry, onList: null, cancellationToken);
            return new ContentStream(snapshot, entry, blobs, path, time, owned);
        }
        catch (BackupException e)
        {
            throw await snapshot.ExplainAsync(e, time, cancellationToken);
        }
    }
}
