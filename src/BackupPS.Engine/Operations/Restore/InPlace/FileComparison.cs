using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>What of a file that is there is the same in the snapshot, blob by blob.</summary>
/// <param name="Blobs">The blobs of the snapshot's file.</param>
/// <param name="Lengths">Bytes of each.</param>
/// <param name="Equal">Whether the file that is there has the same bytes in the same place.</param>
/// <param name="Opened">What the system said of it when it was opened.</param>
/// <param name="SizeSame">Whether the sizes are the same.</param>
/// <param name="HolesAreZero">Whether it reads as zeros where the snapshot's file has holes.</param>
internal sealed record FileComparison(IReadOnlyList<BlobId> Blobs, int[] Lengths, bool[] Equal, ItemInfo Opened, bool SizeSame, bool HolesAreZero)
{
    /// <summary>Whether nothing need be written.</summary>
    public bool Same => SizeSame && HolesAreZero && !Equal.AsSpan().Contains(false);

    /// <summary>Whether something can be reused.</summary>
    public bool AnyEqual => Equal.AsSpan().Contains(true);

    /// <summary>Bytes that need not be fetched.</summary>
    public long BytesEqual => Sum(true);

    /// <summary>Bytes that must be fetched.</summary>
    public long BytesDifferent => Sum(false);

    private long Sum(bool equal)
    {
        long sum = 0;
        for (int i = 0; i < Lengths.Length; i++) sum += Equal[i] == equal ? Lengths[i] : 0;
        return sum;
    }
}
