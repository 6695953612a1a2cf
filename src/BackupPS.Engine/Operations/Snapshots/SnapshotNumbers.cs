using System.Collections;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>A set of snapshots by their numbers, counted from the oldest of those that are searched.</summary>
internal sealed class SnapshotNumbers
{
    private readonly BitArray bits;

    /// <param name="total">How many snapshots there are.</param>
    /// <param name="number">The first of the set.</param>
    public SnapshotNumbers(int total, int number)
    {
        bits = new BitArray(total);
        Add(number);
    }

    private SnapshotNumbers(SnapshotNumbers other)
    {
        bits = new BitArray(other.bits);
        Latest = other.Latest;
    }

    /// <summary>The highest number.</summary>
    public int Latest { get; private set; }

    /// <summary>A set of its own with the same numbers.</summary>
    public SnapshotNumbers Copy() => new(this);

    public void Add(int number)
    {
        bits[number] = true;
        Latest = Math.Max(Latest, number);
    }

    public void Add(SnapshotNumbers others)
    {
        bits.Or(others.bits);
        Latest = Math.Max(Latest, others.Latest);
    }

    /// <summary>The numbers, the lowest first.</summary>
    public IEnumerable<int> InOrder()
    {
        for (int number = 0; number <= Latest; number++)
        {
            if (bits[number]) yield return number;
        }
    }
}
