using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// Backs up a folder of files that are named for their content, one letter each: from d on in a folder below. A session, blobs, packs, index and commit go through
/// the program's own writer, as in any backup.
/// </summary>
internal sealed class BackupActor
{
    private const char FirstBelow = 'd';

    private readonly ProtocolSimulation simulation;
    private readonly string letters;
    private readonly bool useParent;
    private readonly bool inTwoSteps;

    /// <param name="simulation">The simulation.</param>
    /// <param name="letters">The files, in order.</param>
    /// <param name="useParent">Whether files are taken over from an earlier snapshot.</param>
    /// <param name="inTwoSteps">Whether packs and index are put twice.</param>
    public BackupActor(ProtocolSimulation simulation, string letters, bool useParent, bool inTwoSteps)
    {
        this.simulation = simulation;
        this.letters = letters;
        this.useParent = useParent;
        this.inTwoSteps = inTwoSteps;
    }

    /// <summary>What its host remembers; <see langword="null"/>: nothing, and its snapshot names none before it.</summary>
    public ISnapshotMemory? Memory { get; init; }

    /// <summary>What its snapshot is called, once its session has begun.</summary>
    public string SnapshotId { get; private set; } = "";

    public async Task RunAsync(Repository repository)
    {
        HashSet<BlobId> known = useParent ? await ReadParentAsync(repository) : [];
        SnapshotRecord? before = Memory is null ? null : await FindLatestAsync(repository);
        var session = new SessionRecord { HostName = "host", HostId = new string('1', 32), UserName = "user", ProcessId = 1, PolicyName = "policy", Started = simulation.Time.GetUtcNow().UtcDateTime };
        await using RepositoryWriter writer = await RepositoryWriter.BeginAsync(repository, session, simulation.Ids, simulation.Time, onWarning: null, CancellationToken.None);
        SnapshotId = writer.Session.Id;
        var needed = new HashSet<BlobId>();
        BlobId tree;
        using SegmentWriter segments = writer.CreateDataWriter();
        try
        {
            var trees = new TreeWriter(new Saver(this, writer, known, needed), new NameHash(repository.Keys.Chunking));
            var below = new List<TreeEntry>();
            var root = new List<TreeEntry>();
            foreach (char letter in letters)
            {
                byte[] content = [(byte)letter, .. "is all that there is in this file"u8];
                BlobId id = repository.Keys.ComputeId(BlobKind.Data, content);
                needed.Add(id);

                // A file that has not changed since the parent is not read again, if what it holds is there.
                if (!IsTakenOver(writer, known, id) && writer.TryClaim(id, content.Length)) segments.Add(id, content);
                (letter < FirstBelow ? root : below).Add(new TreeEntry { Name = [(byte)letter], Kind = ItemKind.File, Size = content.Length, Content = [id] });
                if (!inTwoSteps || letter != letters[letters.Length / 2]) continue;
                segments.Flush();
                await writer.FlushAsync();
            }

            if (below.Count > 0) root.Add(new TreeEntry { Name = "z"u8.ToArray(), Kind = ItemKind.Directory, Subtree = trees.WriteFolder(below) });
            tree = trees.WriteFolder(root);
            segments.Flush();
            await writer.FlushAsync();
        }
        catch
        {
            await writer.AbandonAsync();
            throw;
        }

        simulation.Expect(writer.Session.Id, needed, before?.Id ?? "");
        await writer.Session.CommitAsync(Record(writer.Session.Id, tree) with { PredecessorId = before?.Id ?? "", Sequence = (before?.Sequence ?? 0) + 1 }, CancellationToken.None);
        Memory?.Remember(new Dictionary<string, int> { [writer.Session.Id] = -1 });
        await writer.Session.EndAsync(CancellationToken.None);
    }

    private SnapshotRecord Record(string id, BlobId tree) => new()
    {
        Id = id,
        Time = simulation.Time.GetUtcNow().UtcDateTime,
        HostName = "host",
        HostId = new string('1', 32),
        UserName = "user",
        PolicyName = "policy",
        Source = ["/a"],
        Type = "Full",
        Status = "Complete",
        ParentId = "",
        PredecessorId = "",
        Sequence = 1,
        Root = tree.ToString(),
        Program = "simulation",
    };

    // Before the session begins, as in any backup.
    private async Task<HashSet<BlobId>> ReadParentAsync(Repository repository)
    {
        IReadOnlyList<SnapshotRecord> snapshots = await new SnapshotStore(repository, simulation.Time).ListRecordsAsync(SnapshotSelection.All, onDamage: static _ => { }, CancellationToken.None);
        return snapshots.Count == 0 ? [] : simulation.NeedsOf(snapshots[^1].Id);
    }

    private async Task<SnapshotRecord?> FindLatestAsync(Repository repository) =>
        (await new SnapshotStore(repository, simulation.Time).ListRecordsAsync(SnapshotSelection.All, onDamage: static _ => { }, CancellationToken.None)).MaxBy(static s => s.Sequence);

    private bool IsTakenOver(RepositoryWriter writer, HashSet<BlobId> parent, BlobId id) => parent.Contains(id) && (simulation.Broken == ProtocolRule.ParentChecked || writer.Has(id));

    private sealed class Saver(BackupActor actor, RepositoryWriter writer, HashSet<BlobId> parent, HashSet<BlobId> needed) : IBlobSaver
    {
        public BlobId Save(BlobKind kind, ReadOnlySpan<byte> content)
        {
            BlobId id = actor.simulation.Keys.ComputeId(kind, content);
            needed.Add(id);
            return actor.IsTakenOver(writer, parent, id) ? id : writer.Save(kind, content);
        }
    }
}
