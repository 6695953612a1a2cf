namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// What the target's file system cannot keep. Content is restored all the same, and what is lost is said once for each kind: a fault for every item of a
/// disk that knows no owners would hide what is really wrong. Any thread.
/// </summary>
internal sealed class TargetLosses
{
    private readonly long[] counts = new long[Enum.GetValues<TargetLoss>().Length];
    private readonly string?[] examples = new string?[Enum.GetValues<TargetLoss>().Length];

    /// <summary>An item has lost something.</summary>
    public void Add(TargetLoss loss, string path)
    {
        Interlocked.Increment(ref counts[(int)loss]);
        Interlocked.CompareExchange(ref examples[(int)loss], path, null);
    }

    /// <summary>Says what was lost, if anything was.</summary>
    public void Tell(Action<string>? onWarning)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0) continue;
            string what = (TargetLoss)i switch
            {
                TargetLoss.Owner => "items did not get their owners",
                TargetLoss.Mode => "items did not get their modes",
                TargetLoss.Attributes => "items did not get their extended attributes or ACLs",
                TargetLoss.HardLink => "names of files with several names are files of their own",
                _ => "files take their whole size on the disk, holes included",
            };
            onWarning?.Invoke($"{counts[i]} {what}: the target's file system cannot keep them. One is '{PathText.ToDisplay(examples[i]!)}'.");
        }
    }
}
