namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Items that were left as they are although the snapshot has them otherwise: counted all, kept the first thousand. Safe for any number of threads.
/// </summary>
internal sealed class DifferentItems
{
    private readonly Lock gate = new();
    private readonly List<string> kept = [];
    private long count;

    public long Count => Interlocked.Read(ref count);

    /// <summary>As <c>path: how it differs</c>.</summary>
    public string[] Lines
    {
        get
        {
            lock (gate) return [.. kept];
        }
    }

    public void Add(string path, string how)
    {
        lock (gate)
        {
            count++;
            if (kept.Count < FaultLog.MaximumKept) kept.Add($"{PathText.ToDisplay(path)}: {how}");
        }
    }
}
