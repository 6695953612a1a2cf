using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>Puts sealed segments of one kind into packs, from any number of threads, and hands each full pack over.</summary>
internal sealed class PackAssembler : IDisposable
{
    /// <summary>DESIGN section 2: some 32 MiB. Large enough for few objects, small enough to repack and to hold two in memory.</summary>
    public const int PackLength = 32 * 1024 * 1024;

    private readonly KeySet keys;
    private readonly BlobKind kind;
    private readonly SlabPool slabs;
    private readonly IPackSink sink;
    private readonly int packLength;
    private readonly Lock gate = new();
    private PackBuilder? current;

    public PackAssembler(KeySet keys, BlobKind kind, SlabPool slabs, IPackSink sink, int packLength = PackLength)
    {
        this.keys = keys;
        this.kind = kind;
        this.slabs = slabs;
        this.sink = sink;
        this.packLength = packLength;
    }

    /// <summary>Adds a segment. Blocks while the sink is busy with earlier packs.</summary>
    public void Append(ReadOnlySpan<byte> compressed, CodecId codec, int rawLength, IReadOnlyList<BlobEntry> contents)
    {
        // Sealing and hashing are within the lock: at 5 and 2 GB/s some 2 and 5 % of a worker's time, where data compresses (DESIGN section 9).
        lock (gate)
        {
            // The full pack is handed over before the next one is begun, so that of each kind one is filled while one is stored, no more.
            if (current is not null && !current.HasRoom(compressed.Length, contents.Count)) sink.Accept(Detach()!);
            current ??= new PackBuilder(keys, kind, slabs, packLength);
            current.Append(compressed, codec, rawLength, contents);
        }
    }

    /// <summary>Takes what is left out of the assembler; <see langword="null"/>: nothing. The caller completes, stores and disposes it.</summary>
    public PackBuilder? Detach()
    {
        lock (gate)
        {
            PackBuilder? pack = current;
            current = null;
            return pack;
        }
    }

    public void Dispose() => Detach()?.Dispose();
}
