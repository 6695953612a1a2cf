using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>Reads and writes index objects. FORMAT.md, "Index objects".</summary>
internal static class IndexLoader
{
    /// <summary>An index object lists 8 packs; of the tiniest files, a pack may hold a million blobs of 28 bytes.</summary>
    public const int MaximumIndexLength = 512 * 1024 * 1024;

    // Others rewrite index objects while this one reads: each rewrite may cost one more round.
    private const int MaximumRounds = 30;

    /// <summary>Loads every index object.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="absentPacks">Packs whose copies count as absent.</param>
    /// <param name="onDamage">Told of each index object that cannot be read, which is then passed over; <see langword="null"/>: it is an exception.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<BlobIndex> LoadAsync(Repository repository, IReadOnlySet<string> absentPacks, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        var buffer = new ObjectBuffer();

        // One method: each that waits costs a process some milliseconds before it runs for the first time.
        for (int round = 1; round <= MaximumRounds; round++)
        {
            var listed = new List<IndexObject>();
            await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Indexes, cancellationToken))
            {
                if (RepositoryLayout.IsOurs(item.Name)) listed.Add(new IndexObject(RepositoryLayout.LastSegment(item.Name), item.Length));
            }

            var builder = new IndexBuilder(repository.Keys, repository.IndexCache, listed);
            bool whole = true;
            foreach (IndexObject item in builder.Missing)
            {
                string name = RepositoryLayout.Index(item.Id);
                try
                {
                    Memory<byte> bytes = buffer.For(item.StoredLength);
                    if (bytes.IsEmpty || item.StoredLength > MaximumIndexLength || await repository.Store.ReadAsync(name, 0, bytes, cancellationToken) != item.StoredLength)
                    {
                        byte[]? got = await repository.Store.GetAsync(name, MaximumIndexLength, cancellationToken);

                        // Listed and gone: somebody has replaced it by another, which the next listing shows.
                        whole = got is not null;
                        if (!whole) break;
                        bytes = got;
                    }
                    else
                    {
                        bytes = bytes[..(int)item.StoredLength];
                    }

                    Add(builder, item, name, SealedObject.OpenInPlace(repository.Keys, SealedType.Index, name, bytes.Span));
                }
                catch (BackupException e) when (onDamage is not null && e.IsUnavailable)
                {
                    onDamage(e);
                }
            }

            if (!whole) continue;
            try
            {
                return builder.Complete(absentPacks, cancellationToken);
            }
            catch (InvalidDataException)
            {
                // A file of the cache was damaged, and is gone: what it held is read from the repository.
            }
        }

        throw new BackupException(BackupError.StoreUnreachable, $"The index of the repository at '{repository.Store.Location}' changed {MaximumRounds} times while it was read.", repository.Store.Location);
    }

    /// <summary>
    /// Loads the index for a writer: what is damaged or missing counts as absent, so that the next backup saves it again where the sources
    /// still have it. Copies may only be taken for absent too often, never too seldom.
    /// </summary>
    /// <param name="repository">The repository.</param>
    /// <param name="retired">Packs that are being retired.</param>
    /// <param name="onWarning">Told what is not as it should be.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<BlobIndex> LoadForWritingAsync(Repository repository, IReadOnlySet<string> retired, Action<string>? onWarning, CancellationToken cancellationToken)
    {
        BlobIndex index = await LoadAsync(repository, retired, e => onWarning?.Invoke($"{e.Message} What only it lists is saved again where the sources still have it."), cancellationToken);

        (int absent, string first) = await HideMissingAsync(repository, index, onPack: null, cancellationToken);
        if (absent > 0) onWarning?.Invoke($"{absent} packs of the repository at '{repository.Store.Location}' are missing or cut short, '{RepositoryLayout.Pack(first)}' among them. What they held is saved again where the sources still have it; run Test-BackupIntegrity to see which snapshots are affected.");
        return index;
    }

    /// <summary>Makes packs of the index that are not in the store, or are cut short, count as absent.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="index">Loaded before: a pack is durable before an index object names it, so that this listing shows it.</param>
    /// <param name="onPack">Told of each pack of the store: its name, its length in bytes, and whether the index lists it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many are missing that counted until now, and the name of one.</returns>
    public static async Task<(int Count, string First)> HideMissingAsync(Repository repository, BlobIndex index, Action<string, long, bool>? onPack, CancellationToken cancellationToken)
    {
        bool[] present = new bool[index.Packs.Count];
        byte[] packName = new byte[RepositoryLayout.PackNameLength / 2];
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (!item.IsObject || !RepositoryLayout.TryParsePack(item.Name, out string name)) continue;
            Convert.FromHexString(name, packName, out _, out _);
            bool isListed = index.TryFindPack(packName, out int number);
            if (isListed) present[number] = item.Length == index.LengthOfPack(number);
            onPack?.Invoke(name, item.Length, isListed);
        }

        int absent = 0;
        string first = "";
        for (int number = 0; number < present.Length; number++)
        {
            if (present[number] || index.IsHidden(number)) continue;
            if (absent++ == 0) first = index.Packs[number].Name;
            index.Hide(number);
        }

        return (absent, first);
    }

    /// <summary>
    /// Loads the index for reading. Where an index object cannot be read, what it said is read from the packs themselves, so that no restore
    /// depends on it.
    /// </summary>
    /// <param name="repository">The repository.</param>
    /// <param name="scanPacks">Whether packs that no index object lists are read in any case: one may be missing.</param>
    /// <param name="onDamage">Told of each index object that cannot be read.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<BlobIndex> LoadForReadingAsync(Repository repository, bool scanPacks, Action<BackupException>? onDamage, CancellationToken cancellationToken)
    {
        bool damaged = false;
        BlobIndex index = await LoadAsync(repository, new HashSet<string>(), e =>
        {
            damaged = true;
            onDamage?.Invoke(e);
        }, cancellationToken);
        if (!damaged && !scanPacks) return index;
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (!RepositoryLayout.TryParsePack(item.Name, out string name)) continue;
            byte[] packName = Convert.FromHexString(name);
            if (index.TryFindPack(packName, out _)) continue;
            try
            {
                byte[]? pack = await repository.Store.GetAsync(item.Name, PackDescription.MaximumLength, cancellationToken);
                if (pack is not null) index.Add(PackLayout.Read(repository.Keys, packName, pack));
            }
            catch (Exception e) when (e is InvalidDataException or BackupException { IsUnavailable: true })
            {
                // A damaged pack names no blobs; whoever needs one of them is told that it is missing.
            }
        }

        return index;
    }

    /// <summary>The bytes of an index object that lists these packs.</summary>
    public static byte[] Seal(KeySet keys, string name, IReadOnlyList<PackDescription> packs) => Seal(keys, name, packs, new ByteWriter()).ToArray();

    /// <summary>The same, in memory that is used again and again.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="packs">The packs.</param>
    /// <param name="scratch">Holds the result, until it is used for something else.</param>
    public static ReadOnlyMemory<byte> Seal(KeySet keys, string name, IReadOnlyList<PackDescription> packs, ByteWriter scratch)
    {
        // 72 bytes and a number describe a pack; its segment list has a bound.
        long bound = 8;
        foreach (PackDescription pack in packs) bound += 80 + PackDescription.SegmentListBound(pack.Segments.Count, pack.BlobCount);
        scratch.Clear(checked((int)(SealedObject.HeaderLength + bound + ObjectSeal.TagLength)));
        scratch.Skip(SealedObject.HeaderLength);
        scratch.WriteNumber((ulong)packs.Count);
        foreach (PackDescription pack in packs) pack.Write(scratch);
        scratch.Skip(ObjectSeal.TagLength);
        SealedObject.SealInPlace(keys, SealedType.Index, name, scratch.WrittenMemory.Span);
        return scratch.WrittenMemory;
    }

    /// <summary>Puts an index object that lists these packs, which must be durable.</summary>
    /// <returns>Its length in bytes.</returns>
    public static async Task<int> PutAsync(Repository repository, IdSource ids, IReadOnlyList<PackDescription> packs, ByteWriter scratch, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Index(ids.Next());
        ReadOnlyMemory<byte> bytes = Seal(repository.Keys, name, packs, scratch);
        await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken);
        return bytes.Length;
    }

    /// <summary>The packs that an index object lists.</summary>
    public static IReadOnlyList<PackDescription> Open(KeySet keys, string name, byte[] bytes)
    {
        byte[] body = SealedObject.Open(keys, SealedType.Index, name, bytes);
        try
        {
            var reader = new ByteReader(body);
            int count = reader.ReadCount(reader.Remaining);
            var packs = new List<PackDescription>();
            for (int i = 0; i < count; i++) packs.Add(PackDescription.Read(ref reader));
            reader.ExpectEnd();
            return packs;
        }
        catch (InvalidDataException e)
        {
            throw Malformed(name, e);
        }
    }

    /// <summary>Adds an index object to an index that is made, and tells of its packs one by one: all at once would be 32 bytes for each of its blobs.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="bytes">The object, which is opened in place.</param>
    /// <param name="builder">The index.</param>
    /// <param name="onPack">Takes each pack.</param>
    public static void Read(KeySet keys, string name, Span<byte> bytes, IndexBuilder builder, Action<PackDescription> onPack)
    {
        var item = new IndexObject(RepositoryLayout.LastSegment(name), bytes.Length);
        ReadOnlySpan<byte> body = SealedObject.OpenInPlace(keys, SealedType.Index, name, bytes);
        Add(builder, item, name, body);
        var reader = new ByteReader(body);
        for (ulong left = reader.ReadNumber(); left > 0; left--) onPack(PackDescription.Read(ref reader));
    }

    private static void Add(IndexBuilder builder, IndexObject item, string name, ReadOnlySpan<byte> body)
    {
        try
        {
            builder.Add(item, body);
        }
        catch (InvalidDataException e)
        {
            throw Malformed(name, e);
        }
    }

    private static BackupException Malformed(string name, InvalidDataException e) =>
        new(BackupError.ObjectDamaged, $"The index object '{name}' is authentic, but is not what it should be: {e.Message}", name, e);
}
