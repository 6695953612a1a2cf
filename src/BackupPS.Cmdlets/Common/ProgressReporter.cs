using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// Keeps the latest progress that an operation told, and writes it as a progress record at most 5 times a second. Work that ends before
/// the first sample shows nothing.
/// </summary>
internal sealed class ProgressReporter : IProgress<OperationProgress>
{
    /// <summary>Other modules take small numbers; one pipeline may run several of our cmdlets, which share this one in turn.</summary>
    private const int ActivityId = 0x425053;

    /// <summary>A rate over less time than this says more about caches than about the work.</summary>
    private static readonly TimeSpan ShortestMeasure = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly string activity;
    private readonly Action<ProgressRecord> write;
    private readonly TimeProvider clock;
    private OperationProgress latest;
    private bool isNew;
    private bool shown;
    private long lastWrite;
    private string phase = "";
    private long phaseStart;
    private OperationProgress phaseBegan;

    internal ProgressReporter(string activity, Action<ProgressRecord> write, TimeProvider clock)
    {
        this.activity = activity;
        this.write = write;
        this.clock = clock;
        lastWrite = phaseStart = clock.GetTimestamp();
    }

    /// <summary>Takes the latest state; from any thread.</summary>
    public void Report(OperationProgress value)
    {
        lock (gate)
        {
            if (value.Phase != phase)
            {
                phase = value.Phase;
                phaseStart = clock.GetTimestamp();
                phaseBegan = value;
            }

            latest = value;
            isNew = true;
        }
    }

    /// <summary>Writes the latest state where it is new and the last write is long enough ago; on the pipeline thread.</summary>
    internal void Sample()
    {
        ProgressRecord record;
        lock (gate)
        {
            if (!isNew || clock.GetElapsedTime(lastWrite) < PipelinePump.SampleInterval) return;
            isNew = false;
            lastWrite = clock.GetTimestamp();
            record = ToRecord();
        }

        shown = true;
        write(record);
    }

    /// <summary>Takes the bar away, where there was one.</summary>
    internal void Complete()
    {
        if (!shown) return;
        shown = false;
        write(new ProgressRecord(ActivityId, activity, "Completed") { RecordType = ProgressRecordType.Completed, PercentComplete = 100 });
    }

    private ProgressRecord ToRecord()
    {
        TimeSpan elapsed = clock.GetElapsedTime(phaseStart);
        bool byBytes = latest.BytesTotal > 0;
        long done = byBytes ? latest.BytesDone : latest.ItemsDone;
        long total = byBytes ? latest.BytesTotal : latest.ItemsTotal;

        // A terminal cuts off what does not fit: what is asked first comes first.
        var status = new List<string>();
        if (latest.BytesDone > 0 || byBytes) status.Add(OfTotal(ViewText.Bytes(latest.BytesDone), ViewText.Bytes(latest.BytesTotal), latest.BytesTotal));
        string items = $"{OfTotal(ViewText.Count(latest.ItemsDone), ViewText.Count(latest.ItemsTotal), latest.ItemsTotal)} items";
        if (status.Count == 0) status.Add(items);
        if (elapsed >= ShortestMeasure)
        {
            double bytesPerSecond = (latest.BytesDone - phaseBegan.BytesDone) / elapsed.TotalSeconds;
            double itemsPerSecond = (latest.ItemsDone - phaseBegan.ItemsDone) / elapsed.TotalSeconds;
            status.Add(bytesPerSecond >= 1 ? $"{ViewText.Bytes((long)bytesPerSecond)}/s" : $"{ViewText.Count((long)itemsPerSecond)} items/s");
        }

        int secondsLeft = -1;
        if (total > 0 && elapsed >= ShortestMeasure)
        {
            double rate = (done - (byBytes ? phaseBegan.BytesDone : phaseBegan.ItemsDone)) / elapsed.TotalSeconds;
            if (rate > 0)
            {
                secondsLeft = (int)Math.Min(int.MaxValue, Math.Ceiling(Math.Max(0, total - done) / rate));
                status.Add(secondsLeft < 60 ? $"{secondsLeft}s left" : $"{ViewText.Duration(TimeSpan.FromSeconds(secondsLeft))} left");
            }
        }

        if (status[0] != items) status.Add(items);
        return new ProgressRecord(ActivityId, activity, $"{latest.Phase}: {string.Join(", ", status)}")
        {
            CurrentOperation = PathText.ToDisplay(latest.Current ?? ""),
            PercentComplete = total > 0 ? (int)Math.Clamp(100 * (double)done / total, 0, 100) : -1,
            SecondsRemaining = secondsLeft,
        };
    }

    private static string OfTotal(string done, string total, long totalValue) => totalValue > 0 ? $"{done} of {total}" : done;
}
