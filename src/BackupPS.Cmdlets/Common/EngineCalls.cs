using System.Management.Automation;
using System.Threading.Channels;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// Calls the asynchronous engine from a thread of PowerShell. What the engine throws arrives as <see cref="BackupException"/>; what PowerShell throws at
/// a writer (a stopped pipeline, for one) is never caught.
/// </summary>
/// <param name="stopping">Ends when the pipeline is being stopped.</param>
internal sealed class EngineCalls(CancellationToken stopping)
{
    /// <summary>Objects made ahead of the pipeline: enough to overlap, few enough to hold in memory and to stop early.</summary>
    private const int StreamAhead = 64;

    /// <summary>Runs a call to its end.</summary>
    /// <param name="work">The call.</param>
    /// <param name="pump">Carries out what the work posts; disposed of.</param>
    /// <param name="sample">Called on this thread at least every <see cref="PipelinePump.SampleInterval"/>.</param>
    /// <exception cref="BackupException">It failed.</exception>
    internal T Run<T>(Func<CancellationToken, Task<T>> work, PipelinePump pump, Action sample)
    {
        // What an action throws comes from PowerShell and must pass; only what the work throws is the engine's.
        T? result = default;
        Exception? error = null;
        using (pump)
        {
            try
            {
                pump.Run(CaptureAsync, sample, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }
        }

        return error switch
        {
            null => result!,
            BackupException known => throw known,
            OperationCanceledException when stopping.IsCancellationRequested => throw new PipelineStoppedException(),
            { } unexpected => throw ErrorMapper.Unexpected(unexpected),
        };

        async Task CaptureAsync(CancellationToken token)
        {
#pragma warning disable CA1031 // Everything that the engine throws becomes an error record: none may tear down the host.
            try
            {
                result = await work(token);
            }
            catch (Exception e)
            {
                error = e;
            }
#pragma warning restore CA1031
        }
    }

    /// <summary>Hands on what the engine enumerates, one by one as it comes.</summary>
    /// <param name="source">The enumeration.</param>
    /// <param name="sample">Called on this thread before objects are handed on, and while it waits for them.</param>
    /// <param name="ended">Called on this thread when nothing more will come.</param>
    /// <exception cref="BackupException">The enumeration failed; what came before has been handed on.</exception>
    internal IEnumerable<T> Stream<T>(Func<CancellationToken, IAsyncEnumerable<T>> source, Action sample, Action ended)
    {
        var run = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var ahead = Channel.CreateBounded<T>(new BoundedChannelOptions(StreamAhead) { SingleReader = true, SingleWriter = true });
        Task producer = Task.Run(() => ProduceAsync(source, ahead.Writer, run.Token), CancellationToken.None);
        try
        {
            bool more = true;
            while (more)
            {
                BackupException? failure = null;
                try
                {
                    // Where the next is there already, nothing has to run beside the pipeline.
                    ValueTask<bool> next = ahead.Reader.WaitToReadAsync(run.Token);
                    more = next.IsCompletedSuccessfully ? next.Result : Run(_ => next.AsTask(), new PipelinePump(), sample);
                }
                catch (BackupException e)
                {
                    failure = e;
                }

                sample();
                if (failure is not null || !more) ended();
                if (failure is not null) throw failure;
                while (ahead.Reader.TryRead(out T? item)) yield return item;
            }
        }
        finally
        {
            // Also when the reader of this sequence threw, or has enough.
            PipelinePump.Abandon(producer, run);
        }
    }

    private static async Task ProduceAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> source, ChannelWriter<T> ahead, CancellationToken token)
    {
#pragma warning disable CA1031 // It reaches the reader through the channel.
        try
        {
            await foreach (T item in source(token).WithCancellation(token)) await ahead.WriteAsync(item, token);
            ahead.Complete();
        }
        catch (Exception e)
        {
            ahead.Complete(e);
        }
#pragma warning restore CA1031
    }
}
