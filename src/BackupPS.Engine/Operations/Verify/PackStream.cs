using System.Collections.Concurrent;
using System.Security.Cryptography;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>
/// Reads packs one after the other, each from its first byte to its last, hashes them, and deals out their segments to the workers that share
/// the stream. Every byte is read once; no pack is ever held whole.
/// </summary>
internal sealed class PackStream(Repository repository, ConcurrentQueue<string> packs, IReadOnlyDictionary<string, bool> hashed, Task<RecordCheck> records, DamageLog log, Action<string> onDone, Action<string> onGone) : IDisposable
{
    // Long enough that calls and hand-overs cost nothing, short enough that it is still in a core's cache when it is hashed and opened.
    private const int BatchLength = 1024 * 1024;

    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Reading? current;

    // Of tiny files, a footer is megabytes: its bytes, and what they say, are read into the same memory for one pack after the other.
    private byte[] tails = [];
    private byte[] footers = [];

    /// <summary>Fills a batch with the next segments.</summary>
    /// <returns><see langword="false"/>: there are no more packs.</returns>
    public async ValueTask<bool> TryReadAsync(SegmentBatch batch, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                if (current is null)
                {
                    if (!packs.TryDequeue(out string? pack)) return false;
                    current = await BeginAsync(pack, cancellationToken);
                    if (current is null) onDone(pack);
                    continue;
                }

                try
                {
                    if (await TryFillAsync(current, batch, cancellationToken)) return true;
                    await EndAsync(current, batch, cancellationToken);
                }
                catch (BackupException e) when (e.IsUnavailable)
                {
                    log.AddPack(current.Pack, e.Error, current.Name, e.Message);
                }

                onDone(current.Pack);
                current = null;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        hash.Dispose();
        gate.Dispose();
    }

    private async Task<Reading?> BeginAsync(string pack, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack);
        try
        {
            long length = await repository.Store.GetLengthAsync(name, cancellationToken);
            if (length < 0)
            {
                onGone(pack);
                return null;
            }

            if (length > PackDescription.MaximumLength)
            {
                log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' has {length} bytes, more than any pack.");
                return null;
            }

            var reading = new Reading(pack, name, (int)length);
            await ReadEndsAsync(reading, cancellationToken);

            // Nothing may be left of a pack that could not be read to its end.
            hash.GetHashAndReset();
            reading.IsHashed = hashed.ContainsKey(pack);
            if (!reading.IsHashed) hash.AppendData(reading.Header);
            return reading;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            log.AddPack(pack, e.Error, name, e.Message);
            return null;
        }
    }

    // Header and footer come first: they say where the segments are. Where they do not, the index does.
    private async Task ReadEndsAsync(Reading reading, CancellationToken cancellationToken)
    {
        byte[] header = await ReadExactAsync(reading, 0, Math.Min(PackLayout.HeaderLength, reading.Length), cancellationToken);
        reading.Header = header;
        reading.Offset = header.Length;
        try
        {
            byte[] trailer = await ReadExactAsync(reading, Math.Max(0, reading.Length - PackLayout.TrailerLength), Math.Min(PackLayout.TrailerLength, reading.Length), cancellationToken);
            int tailLength = PackLayout.TailLength(trailer, reading.Length);
            if (tails.Length < tailLength)
            {
                tails = GC.AllocateUninitializedArray<byte>(tailLength + (tailLength / 16));
                footers = GC.AllocateUninitializedArray<byte>(tails.Length);
            }

            Memory<byte> tail = tails.AsMemory(0, tailLength);
            int read = await repository.Store.ReadAsync(reading.Name, reading.Length - tailLength, tail, cancellationToken);
            reading.Gone |= read < 0;
            if (read != tailLength) throw new InvalidDataException("it was cut short while it was read");
            PackDescription own = PackLayout.ReadTail(repository.Keys, Convert.FromHexString(reading.Pack), reading.Length, header, tail.Span, footers);
            reading.Description = own;
            reading.Tail = tail;
            reading.Digest = own.ComputeDigest();
        }
        catch (InvalidDataException e)
        {
            reading.EndsFault = e.Message;
            reading.Description = await (await records).FindDescriptionAsync(reading.Pack, cancellationToken);
        }
    }

    private async Task<bool> TryFillAsync(Reading reading, SegmentBatch batch, CancellationToken cancellationToken)
    {
        PackDescription? pack = reading.Description;
        if (pack is null || reading.Gone || reading.Segment == pack.Segments.Count) return false;
        int first = reading.Segment;
        int last = first;
        int length = pack.Segments[first].SealedLength;
        while (last + 1 < pack.Segments.Count && length + pack.Segments[last + 1].SealedLength <= BatchLength) length += pack.Segments[++last].SealedLength;
        batch.Set(reading.Pack, reading.Name, pack, first, last - first + 1, length);
        int read = await ReadNextAsync(reading, batch.Buffer.AsMemory(0, length), cancellationToken);
        if (reading.Gone) return false;
        if (read == length)
        {
            reading.Segment = last + 1;
            return true;
        }

        int whole = 0;
        for (int end = pack.Segments[first].SealedLength; end <= read; end += pack.Segments[first + whole].SealedLength) whole++;
        log.AddSegment(reading.Pack, first + whole, reading.Name, $"The pack '{reading.Name}' ends before its segment {first + whole}.");
        batch.Set(reading.Pack, reading.Name, pack, first, whole, length);
        reading.Segment = pack.Segments.Count;
        return true;
    }

    private async Task EndAsync(Reading reading, SegmentBatch batch, CancellationToken cancellationToken)
    {
        // What is in no segment is hashed, too.
        int end = reading.Length - reading.Tail.Length;
        if (reading.Offset < end) batch.Set(reading.Pack, reading.Name, null, 0, 0, BatchLength);
        while (reading.Offset < end && !reading.Gone)
        {
            if (await ReadNextAsync(reading, batch.Buffer.AsMemory(0, Math.Min(BatchLength, end - reading.Offset)), cancellationToken) == 0) break;
        }

        if (reading.Gone)
        {
            onGone(reading.Pack);
            return;
        }

        if (!reading.IsHashed) hash.AppendData(reading.Tail.Span);
        log.CountBytes(reading.Header.Length + reading.Tail.Length);
        log.CountObject(0);
        bool whole = reading.IsHashed ? hashed[reading.Pack] : Convert.ToHexStringLower(hash.GetHashAndReset()) == reading.Pack;
        if (!whole) log.AddPack(reading.Pack, BackupError.ObjectDamaged, reading.Name, $"The pack '{reading.Name}' is damaged: its bytes do not have the hash that it is named for.");
        if (reading.EndsFault is not null)
        {
            if (whole) log.AddPack(reading.Pack, BackupError.ObjectDamaged, reading.Name, $"The pack '{reading.Name}' is damaged: {reading.EndsFault}.");
        }
        else if ((await records).Described.TryGetValue(reading.Pack, out DescribedPack described) && described.Digest != reading.Digest)
        {
            log.AddPack(reading.Pack, BackupError.ObjectDamaged, reading.Name, $"The pack '{reading.Name}' and the index do not agree on what is in it.");
        }
    }

    private async Task<int> ReadNextAsync(Reading reading, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = await repository.Store.ReadAsync(reading.Name, reading.Offset, destination, cancellationToken);
        if (read < 0)
        {
            reading.Gone = true;
            return 0;
        }

        if (!reading.IsHashed) hash.AppendData(destination.Span[..read]);
        log.CountBytes(read);
        reading.Offset += read;
        return read;
    }

    private async Task<byte[]> ReadExactAsync(Reading reading, int offset, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        int read = await repository.Store.ReadAsync(reading.Name, offset, bytes, cancellationToken);
        reading.Gone |= read < 0;
        return read == length ? bytes : bytes[..Math.Max(read, 0)];
    }

    private sealed class Reading(string pack, string name, int length)
    {
        public string Pack => pack;

        public string Name => name;

        public int Length => length;

        /// <summary>Its hash is known already; what changed since is told by the seals.</summary>
        public bool IsHashed { get; set; }

        /// <summary>It was swept while it was read.</summary>
        public bool Gone { get; set; }

        public byte[] Header { get; set; } = [];

        /// <summary>Footer and trailer; empty where they are damaged.</summary>
        public Memory<byte> Tail { get; set; }

        /// <summary>What is wrong with header or footer.</summary>
        public string? EndsFault { get; set; }

        /// <summary>What it holds, by its footer or by the index.</summary>
        public PackDescription? Description { get; set; }

        public UInt128 Digest { get; set; }

        /// <summary>The first byte that was not read yet.</summary>
        public int Offset { get; set; }

        /// <summary>The first segment that was not dealt out yet.</summary>
        public int Segment { get; set; }
    }
}
