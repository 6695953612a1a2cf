using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// What <c>retired/</c> names at one time (DESIGN section 6). As little as possible has to be readable: a decision whose retirement has ended and that nobody carries
/// on binds nobody; where a decision cannot be read, what was announced stands for it; what was announced and cannot be read is made void.
/// </summary>
internal sealed class RetiredPacks
{
    // Each round makes void what the one before could not read; more comes only where damage does.
    private const int MaximumRounds = 5;

    // Null: it is there, and cannot be read.
    private readonly Dictionary<string, RetiredRecord?> standing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RetiredRecord?> decided = new(StringComparer.Ordinal);
    private readonly List<string> over = [];

    private RetiredPacks()
    {
    }

    /// <summary>Packs that pruners mean to drop and have not decided about, by the id of the retirement.</summary>
    public IEnumerable<KeyValuePair<string, RetiredRecord>> Undecided => standing.Where(r => r.Value is not null && !decided.ContainsKey(r.Key))!;

    /// <summary>Decisions whose sweep has not been ended, by the id of the retirement.</summary>
    public IEnumerable<KeyValuePair<string, RetiredRecord>> Unswept => decided.Where(r => r.Value is not null && standing.ContainsKey(r.Key))!;

    /// <summary>Retirements about which nothing is decided, and that cannot be read.</summary>
    public IEnumerable<string> Unreadable => standing.Where(r => r.Value is null && !decided.ContainsKey(r.Key)).Select(static r => r.Key);

    /// <summary>Retirements that stand and whose decision cannot be read.</summary>
    public IEnumerable<string> Broken => decided.Where(r => r.Value is null && standing.ContainsKey(r.Key)).Select(static r => r.Key);

    /// <summary>Decisions that bind nobody any more.</summary>
    public IReadOnlyList<string> Over => over;

    /// <summary>Packs that were decided to go: they are dead, whatever an index says.</summary>
    public HashSet<string> Swept { get; } = new(StringComparer.Ordinal);

    /// <summary>Packs that may have been decided to go: the decision cannot be read.</summary>
    public HashSet<string> Doubtful { get; } = new(StringComparer.Ordinal);

    /// <summary>Every pack that is named: for a writer its copies count as absent.</summary>
    public HashSet<string> All { get; } = new(StringComparer.Ordinal);

    /// <summary>Decisions of which nothing can be read, that bind: any pack may be one of theirs.</summary>
    public IReadOnlyList<string> Unknown { get; private set; } = [];

    /// <summary>Reads it.</summary>
    public static async Task<RetiredPacks> LoadAsync(Repository repository, CancellationToken cancellationToken)
    {
        var packs = new RetiredPacks();
        var listed = new HashSet<string>(StringComparer.Ordinal);

        // Twice: of an announcement that goes while it is listed, and of its decision, which has come meanwhile, one listing may show neither. The decision stands
        // before the announcement goes, and as long as anybody goes by it: a listing that begins after that shows it.
        for (int listing = 1; listing <= 2; listing++)
        {
            await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Retired, cancellationToken))
            {
                if (!RepositoryLayout.IsOurs(item.Name) || !listed.Add(item.Name)) continue;
                string id = RepositoryLayout.LastSegment(item.Name)[..RepositoryLayout.IdLength];
                bool isDecision = item.Name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal);
                await packs.ReadAsync(repository, id, isDecision, cancellationToken);
            }
        }

        await packs.EndDecisionsAsync(repository, cancellationToken);
        packs.Sum();
        return packs;
    }

    /// <summary>The same for a writer, who makes void what it cannot read and nobody has decided about.</summary>
    /// <exception cref="BackupException">More becomes unreadable than can be made void.</exception>
    public static async Task<RetiredPacks> LoadForWritingAsync(Repository repository, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            RetiredPacks packs = await LoadAsync(repository, cancellationToken);
            string[] unreadable = [.. packs.Unreadable];
            if (unreadable.Length == 0) return packs;
            string first = RepositoryLayout.Retirement(unreadable[0]);
            if (round == MaximumRounds) throw new BackupException(BackupError.ObjectDamaged, $"The object '{first}' cannot be read, and could not be made void.", first);
            foreach (string id in unreadable) await VoidAsync(repository, id, cancellationToken);
        }
    }

    /// <summary>Decides that nothing of a retirement goes, unless somebody has decided about it already.</summary>
    public static async Task VoidAsync(Repository repository, string id, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Decision(id);
        byte[] bytes = repository.SealRecord(SealedType.Swept, name, new RetiredRecord { Packs = [] }, RepositoryJson.Default.RetiredRecord);
        await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken);
    }

    /// <summary>Where any pack may be one that goes, none counts as there: to store all anew costs space, and loses nothing.</summary>
    public void HideUnknown(BlobIndex index, Action<string>? onWarning)
    {
        if (Unknown.Count == 0) return;
        for (int number = 0; number < index.Packs.Count; number++) index.Hide(number);
        onWarning?.Invoke($"The decision '{RepositoryLayout.Decision(Unknown[0])}' of an optimization that has not ended cannot be read: nothing that is stored counts as there, and all is stored anew. Optimize the repository to end that.");
    }

    /// <summary>Who carries retirements on: the marks of each, by the id of the retirement.</summary>
    public static async Task<ILookup<string, string>> ListSweepersAsync(Repository repository, CancellationToken cancellationToken)
    {
        var marks = new List<string>();
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Sweepers, cancellationToken))
        {
            if (RepositoryLayout.IsOurs(item.Name)) marks.Add(item.Name);
        }

        return marks.ToLookup(static name => RepositoryLayout.LastSegment(name)[..RepositoryLayout.IdLength], StringComparer.Ordinal);
    }

    private async Task ReadAsync(Repository repository, string id, bool isDecision, CancellationToken cancellationToken)
    {
        Dictionary<string, RetiredRecord?> records = isDecision ? decided : standing;
        try
        {
            RetiredRecord? record = await repository.ReadRecordAsync(isDecision ? SealedType.Swept : SealedType.Retired, isDecision ? RepositoryLayout.Decision(id) : RepositoryLayout.Retirement(id), RepositoryJson.Default.RetiredRecord, cancellationToken);

            // Listed and gone, as above. What comes only in the second listing and goes again was announced too late to matter here: whoever announced it waits for
            // the sessions that stood, and saw what was announced.
            if (record is not null) records[id] = record;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            records[id] = null;
        }
    }

    // A decision binds while its retirement stands, or while somebody carries it on. Who does so has put a mark, and has seen after that that the retirement stands: so
    // once it is gone, whoever goes by the decision is listed.
    private async Task EndDecisionsAsync(Repository repository, CancellationToken cancellationToken)
    {
        var ended = new List<string>();
        foreach (string id in decided.Keys.Where(id => !standing.ContainsKey(id)))
        {
            // Listings may miss what was put while they went on.
            if (await IsThereAsync(repository, id, cancellationToken)) await ReadAsync(repository, id, isDecision: false, cancellationToken);
            if (!standing.ContainsKey(id)) ended.Add(id);
        }

        if (ended.Count == 0) return;
        ILookup<string, string> sweepers = await ListSweepersAsync(repository, cancellationToken);
        foreach (string id in ended.Where(id => !sweepers.Contains(id)))
        {
            decided.Remove(id);
            over.Add(id);
        }
    }

    /// <summary>Whether a retirement stands.</summary>
    public static async Task<bool> IsThereAsync(Repository repository, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.Store.GetLengthAsync(RepositoryLayout.Retirement(id), cancellationToken) >= 0;
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            return true;
        }
    }

    private void Sum()
    {
        foreach ((string id, RetiredRecord? record) in decided)
        {
            if (record is not null) Swept.UnionWith(record.Packs);
            else if (standing.GetValueOrDefault(id) is { } announced) Doubtful.UnionWith(announced.Packs);
        }

        Unknown = [.. decided.Where(r => r.Value is null && standing.GetValueOrDefault(r.Key) is null).Select(static r => r.Key)];
        All.UnionWith(Swept);
        foreach (RetiredRecord? record in standing.Values) All.UnionWith(record?.Packs ?? []);
    }
}
