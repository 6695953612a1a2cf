using BackupPS.Engine.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Between the scan and the walk.</summary>
public sealed class ScanQueueTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private static ScanBatch Batch(ScanQueue queue, int number)
    {
        ScanBatch batch = queue.Rent();
        batch.Add(BitConverter.GetBytes(number));
        return batch;
    }

    [Fact]
    public async Task Batches_come_out_in_order_and_then_the_end()
    {
        var queue = new ScanQueue();
        Task putting = Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++) queue.Put(Batch(queue, i));
            queue.End(null);
        });
        for (int i = 0; i < 20_000; i++)
        {
            ScanBatch batch = queue.Take(default)!;
            Assert.Equal(i, BitConverter.ToInt32(batch.NameOf(0)));
            queue.Return(batch);
        }

        Assert.Null(queue.Take(default));
        await putting.WaitAsync(Long);
        Assert.Equal(0, queue.Ahead);
    }

    [Fact]
    public void What_was_found_before_a_failure_comes_first()
    {
        var queue = new ScanQueue();
        queue.Put(Batch(queue, 7));
        queue.End(new InvalidOperationException("the cause"));
        Assert.Equal(7, BitConverter.ToInt32(queue.Take(default)!.NameOf(0)));
        Assert.Equal("the cause", Assert.Throws<InvalidOperationException>(() => queue.Take(default)).Message);
    }

    [Fact]
    public async Task A_cancellation_that_meets_a_batch_hangs_nobody()
    {
        // The callback of the token and whoever takes a batch want the same lock at the same time.
        for (int round = 0; round < 2000; round++)
        {
            var queue = new ScanQueue();
            using var stop = new CancellationTokenSource();
            using var start = new Barrier(3);
            Task taking = Task.Run(() =>
            {
                start.SignalAndWait();
                Assert.Throws<OperationCanceledException>(() => TakeAll(queue, stop.Token));
            });
            Task putting = Task.Run(() =>
            {
                start.SignalAndWait();
                try
                {
                    for (int i = 0; i < 50; i++) queue.Put(Batch(queue, i));
                }
                catch (OperationCanceledException)
                {
                    // The other side was first.
                }
            });
            start.SignalAndWait();
            await stop.CancelAsync();
            await Task.WhenAll(taking, putting).WaitAsync(Long);
        }
    }

    private static void TakeAll(ScanQueue queue, CancellationToken cancellationToken)
    {
        while (queue.Take(cancellationToken) is { } batch) queue.Return(batch);
    }
}
