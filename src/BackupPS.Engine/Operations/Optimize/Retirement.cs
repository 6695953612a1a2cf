using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Takes packs out of a repository while others write to it: announces them, decides once every session that may count on them has ended, and deletes what was
/// decided (DESIGN section 6). Whoever finds one that another has begun can carry it on.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="sweepers">Those who carry retirements on.</param>
/// <param name="rule">Says whether anything may be deleted.</param>
/// <param name="onDamage">Told of packs that turn out to be damaged.</param>
/// <param name="rules">The rules of a decision; all hold but in simulations.</param>
internal sealed class Retirement(Repository repository, Sweepers sweepers, DeletionRule rule, Action<string> onDamage, DecisionRules rules)
{
    // As in SpacePlan.
    private const int MaximumRounds = 5;
    private const int EntriesAtATime = 1024;

    /// <summary>Announces packs: from here on, no session that begins counts on them.</summary>
    public async Task AnnounceAsync(string id, RetiredRecord record, CancellationToken cancellationToken)
    {
        // Under a mark: a put whose answer was lost is repeated, maybe after others have carried the retirement to its end. The decision must be there then.
        string mark = await sweepers.MarkAsync(id, cancellationToken);
        string name = RepositoryLayout.Retirement(id);
        byte[] bytes = repository.SealRecord(SealedType.Retired, name, record with { Packs = [.. record.Packs.Order(StringComparer.Ordinal)] }, RepositoryJson.Default.RetiredRecord);
        if (!await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken))
        {
            throw new BackupException(BackupError.InternalError, $"A retirement with the random id {id} exists already.", id);
        }

        await sweepers.UnmarkAsync(mark, cancellationToken);
    }

    /// <summary>Decides, when no session that stood at the announcement may commit any more. One decision stands, whoever makes it.</summary>
    /// <param name="id">The retirement.</param>
    /// <param name="announced">Its packs.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The packs that go.</returns>
    /// <exception cref="BackupException">What a snapshot needs is missing or damaged: nothing goes, and the retirement has ended. Or it is not sure that all snapshots are seen: it is left as it is.</exception>
    public async Task<string[]> DecideAsync(string id, IReadOnlyCollection<string> announced, CancellationToken cancellationToken)
    {
        string[] leaving = [];
        BackupException? missing = null;
        try
        {
            leaving = await ChooseAsync(id, announced, cancellationToken);
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            missing = e;
        }

        string name = RepositoryLayout.Decision(id);
        byte[] bytes = repository.SealRecord(SealedType.Swept, name, new RetiredRecord { Packs = leaving }, RepositoryJson.Default.RetiredRecord);
        if (!await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken))
        {
            RetiredRecord decided = await repository.ReadRecordAsync(SealedType.Swept, name, RepositoryJson.Default.RetiredRecord, cancellationToken)
                ?? throw new BackupException(BackupError.ObjectMissing, $"The decision '{name}' was there, and is gone: it binds as long as this run carries it on.", name);
            leaving = decided.Packs;
        }

        if (missing is null) return leaving;
        if (leaving.Length == 0) await EndAsync(id, cancellationToken);
        throw missing;
    }

    /// <summary>Deletes the packs that were decided to go.</summary>
    /// <returns>Bytes of those that were still there.</returns>
    public async Task<long> SweepAsync(IReadOnlyCollection<string> packs, Action<int> onPack, CancellationToken cancellationToken)
    {
        int done = 0;
        long bytes = 0;
        foreach (string pack in packs)
        {
            string name = RepositoryLayout.Pack(pack);
            bytes += Math.Max(0, await repository.Store.GetLengthAsync(name, cancellationToken));
            await repository.Store.DeleteAsync(name, cancellationToken);
            onPack(++done);
        }

        return bytes;
    }

    /// <summary>Ends a retirement whose packs are deleted. Its decision binds until the last who carries it on is done.</summary>
    public async Task EndAsync(string id, CancellationToken cancellationToken) => await repository.Store.DeleteAsync(RepositoryLayout.Retirement(id), cancellationToken);

    /// <summary>Of a decision that binds nothing is known: nobody can tell what goes.</summary>
    public static BackupException UnknownDecision(string id) =>
        new(BackupError.DeletionUnsafe, $"Nothing was deleted: the decision '{RepositoryLayout.Decision(id)}' of another optimization cannot be read, and that optimization may still be running. If it has died, give it up by its id: -Abandon {id}.", RepositoryLayout.Decision(id));

    private async Task<string[]> ChooseAsync(string id, IReadOnlyCollection<string> announced, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            int absent = 0;
            string first = "";
            try
            {
                if (!rules.OnlyAnnouncedGo) announced = await ListPacksAsync(cancellationToken);
                IReadOnlyList<SnapshotRecord> snapshots = (await rule.AskAsync(cancellationToken)).Snapshots;
                BlobIndex index = await IndexLoader.LoadAsync(repository, new HashSet<string>(), onDamage: null, cancellationToken);

                // After the index: whoever announces a pack later sees the copies that this decision leaves, for the packs of it are announced.
                RetiredPacks retired = await RetiredPacks.LoadForWritingAsync(repository, cancellationToken);
                if (retired.Unknown.Count > 0) throw UnknownDecision(retired.Unknown[0]);
                index.Hide(retired.Swept);
                (absent, first) = await IndexLoader.HideMissingAsync(repository, index, onPack: null, cancellationToken);
                using LiveBlobs live = await LiveBlobs.MarkAsync(repository, index, snapshots, onSnapshot: null, rules.MissingStops, cancellationToken);
                string[] others = [.. retired.Undecided.Where(r => r.Key != id).SelectMany(static r => r.Value.Packs), .. retired.Doubtful];
                HashSet<string> kept = FindKept(index, live, announced, others, rules.EveryCopyStays, cancellationToken);

                // The copies that are relied on are read first: a pack may be damaged, and nobody know it.
                string[] leaving = [.. announced.Where(p => !kept.Contains(p))];
                kept.UnionWith(await new CopyProof(repository, index, live, onDamage).FindUnprovedAsync(leaving, [.. announced, .. others], cancellationToken));
                return [.. leaving.Where(p => !kept.Contains(p))];
            }
            catch (Exception e) when (round < MaximumRounds && (e is InvalidDataException || (e as BackupException)?.Error == BackupError.BlobMissing || (e as BackupException)?.Error == BackupError.ObjectMissing))
            {
                // Snapshots were removed and packs were swept meanwhile, or a file of the cached index was damaged: the next look tells.
            }
            catch (BackupException e) when (e.Error == BackupError.BlobMissing && absent > 0)
            {
                throw new BackupException(e.Error, $"{e.Message} {absent} packs are missing or cut short, '{RepositoryLayout.Pack(first)}' among them. Nothing is deleted while a snapshot lacks something.", e.Target, e);
            }
        }
    }

    private async Task<List<string>> ListPacksAsync(CancellationToken cancellationToken)
    {
        var packs = new List<string>();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (RepositoryLayout.TryParsePack(item.Name, out string pack)) packs.Add(pack);
        }

        return packs;
    }

    /// <summary>
    /// Which of some packs stay: those that hold something needed that has no copy in a pack outside of every retirement. All that hold it stay: which of them
    /// others rely on is not known.
    /// </summary>
    public static HashSet<string> FindKept(BlobIndex index, LiveBlobs live, IReadOnlyCollection<string> announced, IEnumerable<string> others, bool everyCopyStays, CancellationToken cancellationToken)
    {
        bool[] own = new bool[index.Packs.Count], retired = new bool[index.Packs.Count];
        Set(own, announced);
        Set(retired, announced);
        Set(retired, others);
        var kept = new HashSet<string>(StringComparer.Ordinal);
        var settled = new HashSet<BlobId>();
        var entries = new IndexEntry[EntriesAtATime];
        for (long first = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = index.ReadEntries(first, entries);
            if (count == 0) return kept;
            for (int i = 0; i < count; i++)
            {
                int pack = entries[i].Pack;
                if (pack < 0 || !own[pack] || index.IsHidden(pack) || !live.IsLive(first + i)) continue;
                if (!HasCopyElsewhere(entries[i].Id) && (everyCopyStays || settled.Add(entries[i].Id))) kept.Add(index.Packs[pack].Name);
            }

            first += count;
        }

        bool HasCopyElsewhere(BlobId id)
        {
            for (int copy = 0; index.TryFind(id, copy, out BlobLocation at); copy++)
            {
                if (!retired[at.Pack]) return true;
            }

            return false;
        }

        void Set(bool[] marks, IEnumerable<string> packs)
        {
            Span<byte> name = stackalloc byte[RepositoryLayout.PackNameLength / 2];
            foreach (string pack in packs)
            {
                Convert.FromHexString(pack, name, out _, out _);
                if (index.TryFindPack(name, out int number)) marks[number] = true;
            }
        }
    }
}
