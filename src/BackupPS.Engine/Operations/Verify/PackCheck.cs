using System.Collections.Concurrent;
using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Checks packs: that they are there, whole, as the index says, and that every blob is what its id says.</summary>
internal sealed class PackCheck(Repository repository, DamageLog log)
{
    // Reading and hashing takes an eighth of the work on a pack: a stream keeps so many workers busy. With fewer streams than workers no
    // worker is left with a whole pack at the end, and a disk reads from few places at once.
    private const int WorkersPerStream = 4;

    private readonly ConcurrentBag<string> gone = [];

    /// <summary>Packs that the index names must be there with the right length.</summary>
    /// <param name="described">The packs that the index names.</param>
    /// <param name="wanted">Those that matter; <see langword="null"/>: all.</param>
    /// <param name="present">The packs of the store, to which those are added that have been put since.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The packs that were added.</returns>
    public async Task<List<string>> CheckPresenceAsync(IReadOnlyDictionary<string, DescribedPack> described, IReadOnlySet<string>? wanted, Dictionary<string, long> present, CancellationToken cancellationToken)
    {
        var added = new List<string>();
        var missing = new List<string>();
        foreach ((string pack, DescribedPack description) in described)
        {
            if (wanted is not null && !wanted.Contains(pack)) continue;
            string name = RepositoryLayout.Pack(pack);
            bool listed = present.TryGetValue(pack, out long length);
            if (!listed || length < 0)
            {
                try
                {
                    // Written after the listing began, it is there now. What was listed as no pack is asked why it is none.
                    length = await repository.Store.GetLengthAsync(name, cancellationToken);
                }
                catch (BackupException e) when (e.IsUnavailable)
                {
                    log.AddPack(pack, e.Error, name, e.Message);
                    continue;
                }

                if (length < 0)
                {
                    missing.Add(pack);
                    continue;
                }

                present[pack] = length;
                if (!listed) added.Add(pack);
            }

            log.CountObject(0);
            if (length != description.Length) log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' has {length} bytes in place of {description.Length}.");
        }

        await TellMissingAsync(missing, "is missing", cancellationToken);
        return added;
    }

    /// <summary>Something that is no pack stands where packs are, and no index object says that there is one.</summary>
    /// <param name="early">What there is.</param>
    /// <param name="described">The packs that the index names.</param>
    /// <param name="readsPacks">Whether each pack is read in any case, which tells more.</param>
    public void CheckObstacles(EarlyPacks early, IReadOnlyDictionary<string, DescribedPack> described, bool readsPacks)
    {
        IEnumerable<string> packs = readsPacks ? [] : early.Present.Where(p => p.Value < 0 && !described.ContainsKey(p.Key)).Select(static p => RepositoryLayout.Pack(p.Key));
        foreach (string name in packs.Concat(early.Obstacles))
        {
            log.Add(BackupError.ObjectDamaged, name, $"What stands at '{name}' cannot be read, or is nothing that a repository puts there.");
        }
    }

    /// <summary>Reads packs to the last byte.</summary>
    /// <param name="packs">The packs, in the order in which they are read.</param>
    /// <param name="hashed">Packs that were hashed already, and whether they have their hash.</param>
    /// <param name="records">What the index says, which may not be known yet.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="callbacks">Progress goes there.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task CheckContentAsync(IReadOnlyCollection<string> packs, IReadOnlyDictionary<string, bool> hashed, Task<RecordCheck> records, int workers, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (packs.Count == 0) return;
        long done = 0;
        using var segments = new SegmentReader(repository);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new ConcurrentQueue<string>(packs);
        var streams = new PackStream[Math.Min(packs.Count, (workers + WorkersPerStream - 1) / WorkersPerStream)];
        for (int i = 0; i < streams.Length; i++)
        {
            streams[i] = new PackStream(repository, waiting, hashed, records, log, pack =>
                callbacks.Progress?.Report(new OperationProgress("Verifying", Interlocked.Increment(ref done), packs.Count, log.BytesRead, 0, RepositoryLayout.Pack(pack))), gone.Add);
        }

        var tasks = new Task[workers];
        for (int i = 0; i < workers; i++)
        {
            PackStream stream = streams[i % streams.Length];
            tasks[i] = Task.Run(() => WorkAsync(stream, segments, stop), CancellationToken.None);
        }

        await Task.WhenAll(tasks);
        foreach (PackStream stream in streams) stream.Dispose();
    }

    /// <summary>Packs that were there, and were gone when they were to be read, are missing, unless they were being retired.</summary>
    /// <param name="described">The packs that the index names.</param>
    /// <param name="present">Those that were there; the others have been told.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task CheckGoneAsync(IReadOnlyDictionary<string, DescribedPack> described, IReadOnlyDictionary<string, long> present, CancellationToken cancellationToken)
    {
        await TellMissingAsync([.. gone.Where(pack => described.ContainsKey(pack) && present.ContainsKey(pack))], "went missing while the repository was verified", cancellationToken);
    }

    // Those that were retired since the index was read are rightly gone: what is needed of them has other copies.
    private async Task TellMissingAsync(List<string> packs, string how, CancellationToken cancellationToken)
    {
        if (packs.Count == 0) return;
        HashSet<string> retired = [];
        try
        {
            retired = (await RetiredPacks.LoadAsync(repository, cancellationToken)).Swept;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            // It was told with the other records. What it named cannot be known.
        }

        // What was decided ends, but not before the index lists its packs no more.
        BlobIndex now = await IndexLoader.LoadAsync(repository, new HashSet<string>(), onDamage: static _ => { }, cancellationToken);
        foreach (string pack in packs)
        {
            string name = RepositoryLayout.Pack(pack);
            if (!retired.Contains(pack) && now.TryFindPack(Convert.FromHexString(pack), out _)) log.AddPack(pack, BackupError.ObjectMissing, name, $"The pack '{name}' {how}.");
        }
    }

    private async Task WorkAsync(PackStream stream, SegmentReader segments, CancellationTokenSource stop)
    {
        try
        {
            var batch = new SegmentBatch();
            using var check = new SegmentCheck(repository, segments, log);
            while (await stream.TryReadAsync(batch, stop.Token)) check.Check(batch, stop.Token);
        }
        catch
        {
            // Nobody waits for the others' share of a work that has failed.
            await stop.CancelAsync();
            throw;
        }
    }
}
