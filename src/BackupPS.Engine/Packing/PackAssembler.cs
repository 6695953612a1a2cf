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
    private readonly IPackSink sink;
    private readonly Lock gate = new();
    private PackBuilder? current;

    public PackAssembler(KeySet keys, BlobKind kind, IPackSink sink)
    {
        this.keys = keys;
        this.kind = kind;
        this.sink = sink;
    }

    /// <summary>Adds a segment. Blocks while the sink is busy with earlier packs.</summary>
    public void Append(ReadOnlySpan<byte> compressed, CodecId codec, int rawLength, IReadOnlyList<BlobEntry> contents)
    {
        lock (gate)
        {
            // The full pack is handed over before the next buffer is taken, so that of each kind one is filled while one is stored, no more.
            if (current is not null && !current.HasRoom(compressed.Length, contents.Count)) HandOver();
            current ??= new PackBuilder(keys, kind, sink.RentBuffer());
            current.Append(compressed, codec, rawLength, contents);
        }
    }

    /// <summary>Hands over what is left.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (current is not null) HandOver();
        }
    }

    public void Dispose() => current?.Dispose();

    private void HandOver()
    {
        sink.Accept(current!);
        current = null;
    }
}
