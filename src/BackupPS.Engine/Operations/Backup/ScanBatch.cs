using System.Runtime.CompilerServices;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>What a scan hands on at once: items of one folder or of several, in arrays that are used again. Nobody changes it once it is handed on.</summary>
internal sealed class ScanBatch
{
    /// <summary>Items; their metadata stay below the 85,000 bytes from which .NET treats an array as a large object.</summary>
    public const int Capacity = 512;

    // Folders with few items or none.
    private const int FolderCapacity = 256;

    private readonly ItemInfo[] infos = new ItemInfo[Capacity];
    private readonly ScanState[] states = new ScanState[Capacity];
    private readonly int[] ends = new int[Capacity];
    private readonly List<ScannedFolder> folders = new(FolderCapacity);
    private readonly List<(int Item, BackupFault Fault)> faults = [];
    private byte[] names = new byte[Capacity * 24];
    private int extra;

    public int Count { get; private set; }

    public IReadOnlyList<ScannedFolder> Folders => folders;

    /// <summary>Bytes that it takes, without what is allocated for later use.</summary>
    public int Weight => (Count * 120) + (Count == 0 ? 0 : ends[Count - 1]) + (folders.Count * 64) + extra + 256;

    /// <summary>For its reader: how many runs of it are being looked at.</summary>
    public int Users { get; set; }

    public bool HasRoom(int items) => Count + items <= Capacity && folders.Count < FolderCapacity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> NameOf(int item)
    {
        int start = item == 0 ? 0 : ends[item - 1];
        return names.AsSpan(start, ends[item] - start);
    }

    public ref readonly ItemInfo InfoOf(int item) => ref infos[item];

    public ScanState StateOf(int item) => states[item];

    public bool HasFaults => faults.Count > 0;

    public IEnumerable<BackupFault> FaultsOf(int item) => faults.Where(f => f.Item == item).Select(static f => f.Fault);

    public void Clear()
    {
        Count = 0;
        folders.Clear();
        faults.Clear();
        extra = 0;
    }

    /// <summary>Adds a name, and makes room for the rest.</summary>
    /// <returns>Number of the item.</returns>
    public int Add(ReadOnlySpan<byte> name)
    {
        int start = Count == 0 ? 0 : ends[Count - 1];
        if (names.Length - start < name.Length) Array.Resize(ref names, Math.Max(names.Length * 2, start + name.Length));
        name.CopyTo(names.AsSpan(start));
        ends[Count] = start + name.Length;
        states[Count] = ScanState.Kept;
        return Count++;
    }

    /// <summary>Metadata to be filled in.</summary>
    public Span<ItemInfo> InfosFrom(int first, int count) => infos.AsSpan(first, count);

    public void SetState(int item, ScanState state) => states[item] = state;

    public void AddFault(int item, BackupFault fault)
    {
        faults.Add((item, fault));
        extra += WeightOf(fault);
    }

    public void AddFolder(in ScannedFolder folder)
    {
        folders.Add(folder);

        // Samba keeps some hundred bytes on every folder; a file system may allow 64 KiB.
        extra += folder.Attributes.Length;
        foreach (BackupFault fault in folder.Faults) extra += WeightOf(fault);
    }

    private static int WeightOf(BackupFault fault) => 128 + (2 * (fault.Path.Length + fault.Reason.Length));
}
