using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>The blobs of one file, one after the other. While one is used, those behind it are read, opened and proved. One call at a time.</summary>
/// <param name="blobs">Reads them.</param>
/// <param name="ids">The blobs of the file's data, in its order.</param>
internal sealed class BlobsAhead(BlobReader blobs, IReadOnlyList<BlobId> ids) : IAsyncDisposable
{
    // Four segments, in bytes: the workers of a backup take chunks by turns, so that each of the next two segments holds every other blob.
    private const int MostAhead = 4 * 1024 * 1024;

    private readonly CancellationTokenSource closing = new();
    private readonly Queue<(Task<BlobLease> Read, int Length)> ahead = new();
    private int next;
    private long length;

    /// <summary>A blob; the caller disposes of the lease.</summary>
    /// <param name="number">Its place in the file. Any other than the one behind the last drops what was read ahead.</param>
    /// <param name="goesOn">Whether those behind it will be wanted.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">It cannot be read.</exception>
    public async ValueTask<BlobLease> OpenAsync(int number, bool goesOn, CancellationToken cancellationToken)
    {
        if (next - ahead.Count != number)
        {
            await DropAsync();
            next = number;
        }

        while (next < ids.Count && (ahead.Count == 0 || (goesOn && length < MostAhead)))
        {
            BlobId id = ids[next++];
            Task<BlobLease> read = Task.Run(() => blobs.OpenAsync(BlobKind.Data, id, closing.Token).AsTask(), closing.Token);

            // One that is in no index yet (the reader will look for it) counts as large.
            int blobLength = blobs.Index.TryFind(id, 0, out BlobLocation location) ? location.Length : MostAhead;
            ahead.Enqueue((read, blobLength));
            length += blobLength;
        }

        Task<BlobLease> opening = ahead.Peek().Read;
        try
        {
            return await opening.WaitAsync(cancellationToken);
        }
        finally
        {
            // One that is still under way serves the next call, where there is one.
            if (opening.IsCompleted) length -= ahead.Dequeue().Length;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await DropAsync();
        closing.Dispose();
    }

    private async Task DropAsync()
    {
        while (ahead.TryDequeue(out (Task<BlobLease> Read, int Length) left))
        {
            try
            {
                (await left.Read).Dispose();
            }
            catch (Exception e) when (e is BackupException or StoreException or OperationCanceledException)
            {
                // Nobody wants it any more.
            }
        }

        length = 0;
    }
}
