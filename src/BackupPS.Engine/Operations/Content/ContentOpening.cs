using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Content;

/// <summary>Opens the content of one file of a snapshot.</summary>
internal sealed class ContentOpening(OpenSnapshots snapshots)
{
    public async Task<Stream> RunAsync(ContentQuery query, CancellationToken cancellationToken)
    {
        string[] names = SourcePath.Split(query.Path);
        using SnapshotBrowser snapshot = await snapshots.TakeAsync(query.Repository, query.SnapshotId, query.Secret, cancellationToken);
        return await snapshot.OpenContentAsync(names, cancellationToken);
    }

    /// <summary>The same of what was found.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="entry">What was found at the path; <see langword="null"/>: nothing.</param>
    /// <param name="path">The path.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owned">Disposed of with the stream.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<Stream> OpenAsync(SnapshotReading snapshot, TreeEntry? entry, string path, TimeProvider time, IAsyncDisposable owned, CancellationToken cancellationToken)
    {
        string id = snapshot.State.Record.Id;
        if (entry is null) throw new BackupException(BackupError.ItemNotFound, $"'{PathText.ToDisplay(path)}' is not in the snapshot {id}.", path);
        if (entry.Kind != ItemKind.File) throw new BackupException(BackupError.ItemNotFile, $"'{PathText.ToDisplay(path)}' in the snapshot {id} is no file: {entry.Kind}.", path);
        IReadOnlyList<BlobId> blobs = await snapshot.Trees.ReadContentAsync(entry, onList: null, cancellationToken);
        return new ContentStream(snapshot, entry, blobs, path, time, owned);
    }
}
