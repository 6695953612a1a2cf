using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>Packs, segments and entries out of index objects, in the order in which they came. A pack that several objects list is in it several times.</summary>
internal sealed class IndexBuffer
{
    private readonly ByteWriter objects = new(RunHeader.ObjectLength);
    private readonly ByteWriter packs = new();
    private readonly ByteWriter segments = new();
    private readonly int expected;
    private IndexEntry[] entries = [];

    /// <param name="expected">How many entries it is going to hold, where it becomes large.</param>
    public IndexBuffer(int expected = 0) => this.expected = expected;

    /// <summary>Index objects that are in it whole, <see cref="RunHeader.ObjectLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> Objects => objects.Written;

    public int ObjectCount => objects.Length / RunHeader.ObjectLength;

    /// <summary><see cref="RunHeader.PackLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> Packs => packs.Written;

    public int PackCount => packs.Length / RunHeader.PackLength;

    public ReadOnlySpan<IndexEntry> Entries => entries.AsSpan(0, EntryCount);

    public int EntryCount { get; private set; }

    /// <summary>The segments of a pack, <see cref="RunHeader.SegmentLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> SegmentsOf(ReadOnlySpan<byte> pack) =>
        segments.Written.Slice(PackRecord.FirstSegment(pack) * RunHeader.SegmentLength, PackRecord.Segments(pack) * RunHeader.SegmentLength);

    /// <summary>Makes room for more entries.</summary>
    public void Reserve(int count)
    {
        int needed = checked(EntryCount + count);
        if (entries.Length >= needed) return;

        // A small table doubles. A large one goes to its full size at once: what it grew out of would stay in memory beside it for long.
        int length = (int)Math.Min(entries.Length * 2L, Array.MaxLength);
        if (length > expected / 8 && length < expected) length = expected;
        Array.Resize(ref entries, Math.Max(needed, length));
    }

    public void Clear()
    {
        objects.Clear();
        packs.Clear();
        segments.Clear();
        EntryCount = 0;
    }

    /// <summary>Says that all packs of an index object are in the buffer, or in runs that were made of it before.</summary>
    public void AddObject(IndexObject item)
    {
        Span<byte> record = stackalloc byte[RunHeader.ObjectLength];
        item.Write(record);
        objects.WriteBytes(record);
    }

    /// <summary>Adds a pack.</summary>
    public void Add(PackDescription pack)
    {
        int firstSegment = segments.Length / RunHeader.SegmentLength, number = PackCount, blobs = pack.BlobCount;

        // One that is empty is filled again and again, with much the same: with some room it need not grow by a few.
        Reserve(EntryCount == 0 ? blobs + (blobs / 8) : blobs);
        long offset = PackLayout.HeaderLength;
        Span<byte> record = stackalloc byte[RunHeader.PackLength];
        for (int s = 0; s < pack.Segments.Count; s++)
        {
            SegmentContents segment = pack.Segments[s];
            int at = 0;
            for (int b = 0; b < segment.Blobs.Count; b++)
            {
                BlobEntry blob = segment.Blobs[b];
                entries[EntryCount++] = new IndexEntry(blob.Id, number, (ushort)s, at, blob.Length);
                at += blob.Length;
            }

            PackRecord.WriteSegment(record, (int)offset, segment.SealedLength, segment.RawLength, segment.Codec);
            segments.WriteBytes(record[..RunHeader.SegmentLength]);
            offset += segment.SealedLength;
        }

        Span<byte> nameAndSalt = stackalloc byte[PackRecord.NameLength + ObjectSeal.SaltLength];
        pack.Name.CopyTo(nameAndSalt);
        pack.Salt.CopyTo(nameAndSalt[PackRecord.NameLength..]);
        PackRecord.Write(record, nameAndSalt, pack.Kind, (int)pack.Length, firstSegment, pack.Segments.Count);
        packs.WriteBytes(record);
    }

    /// <summary>Adds the next pack of the body of an index object. The bytes are checked exactly as <see cref="PackDescription.Read"/> checks them.</summary>
    /// <param name="reader">Stands before a pack; stands after it afterwards.</param>
    /// <param name="add">Whether the pack is added, or only checked.</param>
    /// <exception cref="InvalidDataException">The bytes are not what <see cref="PackDescription.Write"/> writes; part of them may have been added.</exception>
    public void AddPack(ref ByteReader reader, bool add)
    {
        ReadOnlySpan<byte> nameAndSalt = reader.ReadBytes(PackRecord.NameLength + ObjectSeal.SaltLength);
        var kind = (BlobKind)reader.ReadByte();
        if (kind is not (BlobKind.Data or BlobKind.Tree)) throw new InvalidDataException($"Unknown kind of pack {(byte)kind}.");
        int length = reader.ReadCount(PackDescription.MaximumLength);
        int count = reader.ReadCount(PackDescription.MaximumSegments);
        int firstSegment = segments.Length / RunHeader.SegmentLength, pack = PackCount;
        long offset = PackLayout.HeaderLength;
        Span<byte> record = stackalloc byte[RunHeader.PackLength];
        for (int s = 0; s < count; s++)
        {
            int sealedLength = reader.ReadCount(PackDescription.MaximumSegmentLength + ObjectSeal.TagLength);
            int rawLength = reader.ReadCount(PackDescription.MaximumSegmentLength);
            var codec = (Compression.CodecId)reader.ReadByte();
            int blobs = reader.ReadCount(reader.Remaining / BlobId.Length);
            if (add) Reserve(blobs);
            long sum = 0;
            for (int b = 0; b < blobs; b++)
            {
                BlobId id = reader.ReadId();
                int blobLength = reader.ReadCount(PackDescription.MaximumSegmentLength);
                if (add) entries[EntryCount++] = new IndexEntry(id, pack, (ushort)s, (int)sum, blobLength);
                sum += blobLength;
            }

            if (sum != rawLength) throw new InvalidDataException($"The blobs of a segment have {sum} bytes in sum, the segment {rawLength}.");
            if (sealedLength < ObjectSeal.TagLength) throw new InvalidDataException("A segment is shorter than its seal.");
            if (add)
            {
                PackRecord.WriteSegment(record, (int)offset, sealedLength, rawLength, codec);
                segments.WriteBytes(record[..RunHeader.SegmentLength]);
            }

            offset += sealedLength;
        }

        if (offset + ObjectSeal.TagLength + PackLayout.TrailerLength >= length) throw new InvalidDataException($"The segments of a pack have more bytes than its {length}.");
        if (!add) return;
        PackRecord.Write(record, nameAndSalt, kind, length, firstSegment, count);
        packs.WriteBytes(record);
    }
}
