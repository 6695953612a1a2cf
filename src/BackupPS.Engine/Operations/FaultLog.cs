namespace BackupPS.Engine.Operations;

/// <summary>The faults of one run: counted all, kept the first thousand, told as they come. Safe for any number of threads.</summary>
internal sealed class FaultLog(Action<BackupFault>? onFault)
{
    /// <summary>Enough to see what is wrong; a tree of a million unreadable files must not fill memory or catalog.</summary>
    public const int MaximumKept = 1000;

    private readonly Lock gate = new();
    private readonly List<BackupFault> kept = [];
    private int count;

    public int Count => Volatile.Read(ref count);

    public IReadOnlyList<BackupFault> Kept
    {
        get
        {
            lock (gate) return [.. kept];
        }
    }

    public string[] Lines => [.. Kept.Select(static f => f.ToString())];

    public void Add(BackupFault fault)
    {
        lock (gate)
        {
            count++;
            if (kept.Count < MaximumKept) kept.Add(fault);
        }

        onFault?.Invoke(fault);
    }

    public void Add(BackupError error, string path, string reason) => Add(new BackupFault(error, path, reason));
}
