namespace BackupPS.Engine.Operations.Backup;

/// <summary>Orders names by their bytes, as trees do.</summary>
internal sealed class NameOrder : IComparer<byte[]>
{
    public static readonly NameOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
