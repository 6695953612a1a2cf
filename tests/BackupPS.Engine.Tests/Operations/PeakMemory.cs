using System.Globalization;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The most memory of its own (RssAnon) that this process has had since, looked at every 10 ms.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Timer timer;
    private long peak;

    public PeakMemory() => timer = new Timer(_ => Look(), null, 0, 10);

    public long Peak
    {
        get
        {
            Look();
            return Interlocked.Read(ref peak);
        }
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        try
        {
            Update();
        }
        catch (IOException)
        {
            // A process whose open files are limited may have none left at this moment.
        }
    }

    private void Update()
    {
        string line = File.ReadLines("/proc/self/status").First(static l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        long now = long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        long seen;
        while ((seen = Interlocked.Read(ref peak)) < now && Interlocked.CompareExchange(ref peak, now, seen) != seen)
        {
        }
    }
}
