using System.Globalization;
using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// One history of a repository: writers, pruners, removers, readers and taggers run the program's own code over a store in memory, each call of which is a
/// point where another may come first. Who comes next, who pauses, dies or gets no answer, and what of concurrent changes a listing shows, follows from a seed.
/// </summary>
internal sealed class ProtocolSimulation
{
    private const int MaximumSteps = 20_000;

    private readonly SimulationContext context = new();
    private readonly SortedDictionary<string, byte[]> objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<BlobId>> packs = new(StringComparer.Ordinal);
    private readonly HashSet<string> liveSnapshots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<BlobId>> needs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> predecessors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, byte[]> hidden = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<BlobId>> hiddenPacks = new(StringComparer.Ordinal);
    private readonly HashSet<string> hiddenSnapshots = new(StringComparer.Ordinal);
    private readonly List<Actor> actors = [];
    private readonly List<PendingCall> pending = [];
    private readonly List<string> trace = [];
    private readonly RepositoryConfig config;
    private readonly byte[] configHash;
    private readonly KeySet keys;
    private int step;
    private int actorCount;

    public ProtocolSimulation(int seed, ProtocolRule broken)
    {
        Random = new Random(seed);
        Time = new SimulatedTime(() => context.Post(static _ => { }, null));
        Broken = broken;
        Ids = new SeededIds(Random);
        config = new RepositoryConfig { Id = new string('0', 32), Created = Time.GetUtcNow().UtcDateTime, Compression = "none", Chunking = ChunkingConfig.Create(ChunkingConfig.FastCdc, ChunkingConfig.SmallestAverage) };
        configHash = SHA256.HashData(config.Serialize());
        byte[] key = new byte[KeySet.KeyLength];
        keys = new KeySet(config.IdBytes, key, key, [.. key.Select(static _ => (byte)1)], key) { DrawSalt = Random.NextBytes };
    }

    public Random Random { get; }

    public ProtocolRule Broken { get; }

    public IdSource Ids { get; }

    public SimulatedTime Time { get; }

    public KeySet Keys => keys;

    /// <summary>What went wrong; <see langword="null"/>: nothing.</summary>
    public string? Violation { get; private set; }

    /// <summary>Whether something was lost, or cannot be found.</summary>
    public bool IsLoss => Violation is not null && (Violation.StartsWith("LOSS", StringComparison.Ordinal) || Violation.StartsWith("READER", StringComparison.Ordinal));

    /// <summary>How likely a call is done, and told to have failed.</summary>
    public double LostAnswers { get; set; }

    /// <summary>How likely that happens to a commit, whose writer then stands still for a while.</summary>
    public double LostCommits { get; set; }

    /// <summary>Whether objects are hidden and brought back: whoever comes upon that may give up.</summary>
    public bool IsDisturbed { get; set; }

    public int Steps => step;

    public string Trace => string.Join('\n', trace);

    public IReadOnlyCollection<string> Snapshots => liveSnapshots;

    /// <summary>Adds an actor, which begins when the scheduler lets it.</summary>
    public Actor Add(ActorKind kind, Func<Repository, Task> work, int startsAt = 0, int pausesAfter = 0, int pause = 0, int diesAt = 0)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{kind}{actorCount++}");
        var added = new Actor(name, kind) { Begin = actor => work(Open(actor)), WaitsUntil = step + startsAt, PausesAfter = pausesAfter, Pause = pause, DiesAt = diesAt };
        actors.Add(added);
        return added;
    }

    /// <summary>Adds one who hides objects and brings them back.</summary>
    public void AddDisturber(IReadOnlyList<SimulatedMemory> memories, int times, int startsAt)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{ActorKind.Disturber}{actorCount++}");
        actors.Add(new Actor(name, ActorKind.Disturber) { Begin = actor => new DisturbActor(this, actor, memories, times).RunAsync(), WaitsUntil = step + startsAt });
    }

    /// <summary>The call that an actor waits for; <see langword="null"/>: it has not begun, has ended, or waits for a time.</summary>
    public PendingCall? NextCall(Actor actor) => pending.Find(c => c.Actor == actor);

    /// <summary>What a snapshot needs, which is to be committed under this id.</summary>
    /// <param name="snapshot">Its id.</param>
    /// <param name="blobs">The blobs.</param>
    /// <param name="predecessor">The snapshot that it names as the one before it; empty: none.</param>
    public void Expect(string snapshot, HashSet<BlobId> blobs, string predecessor = "")
    {
        needs[snapshot] = blobs;
        predecessors[snapshot] = predecessor;
    }

    /// <summary>What a snapshot needs.</summary>
    public HashSet<BlobId> NeedsOf(string snapshot) => needs[snapshot];

    /// <summary>Whether a snapshot is there now, as nobody but the simulation can know.</summary>
    public bool IsLive(string snapshot) => liveSnapshots.Contains(snapshot);

    /// <summary>Objects that are there.</summary>
    public IEnumerable<string> ObjectNames => objects.Keys;

    /// <summary>Objects that are hidden.</summary>
    public IEnumerable<string> HiddenNames => hidden.Keys;

    /// <summary>Whether a hidden snapshot is named as the one before it by a snapshot or a removal that is there. A tombstone in a snapshot's place names none.</summary>
    public bool IsNamed(string snapshot, string except) => predecessors.Any(p => p.Value == snapshot
        && ((liveSnapshots.Contains(p.Key) && RepositoryLayout.Snapshot(p.Key) != except) || (RepositoryLayout.Removal(p.Key) != except && objects.ContainsKey(RepositoryLayout.Removal(p.Key)))));

    /// <summary>Makes an object as if it were not there.</summary>
    public bool Hide(string name)
    {
        if (!objects.Remove(name, out byte[]? bytes)) return false;
        hidden[name] = bytes;
        string last = RepositoryLayout.LastSegment(name);
        if (packs.Remove(last, out HashSet<BlobId>? blobs)) hiddenPacks[last] = blobs;
        if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal) && liveSnapshots.Remove(last)) hiddenSnapshots.Add(last);
        return true;
    }

    /// <summary>Brings an object back, unless another has come in its place.</summary>
    public bool BringBack(string name)
    {
        if (!hidden.Remove(name, out byte[]? bytes)) return false;
        string last = RepositoryLayout.LastSegment(name);
        hiddenPacks.Remove(last);
        if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal)) hiddenSnapshots.Remove(last);
        return PutNew(name, bytes);
    }

    /// <summary>Loses a hidden object for good.</summary>
    public void Lose(string name)
    {
        hidden.Remove(name);
        hiddenPacks.Remove(RepositoryLayout.LastSegment(name));
        hiddenSnapshots.Remove(RepositoryLayout.LastSegment(name));
    }

    /// <summary>Writes a line into the trace.</summary>
    public void Note(string line) => trace.Add("    # " + line);

    /// <summary>Says that a promise was broken.</summary>
    public void Fail(string violation) => Violation ??= violation;

    /// <summary>Runs until everybody is done, dead, held, or paused for ever.</summary>
    /// <param name="sticky">How likely the same actor comes again.</param>
    /// <param name="until">Asked before each step whether it is time to stop; <see langword="null"/>: it never is.</param>
    public void Run(double sticky, Func<bool>? until = null)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            Actor? current = null;
            for (; Violation is null && step < MaximumSteps; step++)
            {
                Settle();
                Collect();
                if (until is not null && until()) return;
                List<Actor> willing = [.. actors.Where(a => !a.IsHeld && a.WaitsUntil < int.MaxValue && (a.Work is null || pending.Exists(c => c.Actor == a)))];
                List<Actor> able = [.. willing.Where(a => a.WaitsUntil <= step)];
                if (Time.DueCount > 0 && (able.Count == 0 || Random.Next(10) == 0))
                {
                    Time.Fire(Random);
                    continue;
                }

                if (able.Count == 0)
                {
                    // Everybody waits for a time: the next one comes now.
                    if (willing.Count == 0) return;
                    step = Math.Max(step, willing.Min(static a => a.WaitsUntil) - 1);
                    continue;
                }

                if (current is null || !able.Contains(current) || Random.NextDouble() > sticky) current = able[Random.Next(able.Count)];
                Step(current);
            }

            Settle();
            Collect();
            if (step >= MaximumSteps) Fail("ENDLESS: too many steps");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Kills everybody who is left, as a loss of power does.</summary>
    public void KillAll()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        foreach (Actor actor in actors.ToList()) Kill(actor);
        Settle();
        actors.Clear();
        pending.Clear();
        Time.Clear();
        SynchronizationContext.SetSynchronizationContext(before);
    }

    /// <summary>Fails where something is left that nobody needs.</summary>
    public void CheckGarbage()
    {
        var needed = new HashSet<BlobId>();
        foreach (string snapshot in liveSnapshots) needed.UnionWith(needs[snapshot]);
        var held = new HashSet<BlobId>();
        foreach ((string pack, HashSet<BlobId> blobs) in packs)
        {
            if (blobs.Any(b => !needed.Contains(b) || !held.Add(b))) Fail($"GARBAGE: packs/{pack[..6]} holds what nobody needs, or what another holds");
        }

        foreach (string name in objects.Keys.Where(static n => n.StartsWith(RepositoryLayout.Retired, StringComparison.Ordinal) && !n.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal))) Fail($"GARBAGE: {name} stays");

        // A decision stays with the mark of one who died while it carried it on, and only with one.
        foreach (string name in objects.Keys.Where(static n => n.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal)))
        {
            string marks = RepositoryLayout.Sweepers + RepositoryLayout.LastSegment(name)[..RepositoryLayout.IdLength];
            if (!objects.Keys.Any(n => n.StartsWith(marks, StringComparison.Ordinal))) Fail($"GARBAGE: {name} stays, and nobody carries it on");
        }
    }

    internal Task<T> CallAsync<T>(Actor actor, string text, bool changes, Func<T> execute)
    {
        var call = new PendingCall<T>(actor, text, changes, execute);

        // What repeats calls comes back on threads of the framework's.
        if (SynchronizationContext.Current == context) Enqueue(call);
        else context.Post(_ => Enqueue(call), null);
        return call.Answer;
    }

    private void Enqueue(PendingCall call)
    {
        if (call.Actor.IsDead) call.Fail(new ActorCrashedException());
        else pending.Add(call);
    }

    internal bool PutNew(string name, byte[] bytes)
    {
        if (!objects.TryAdd(name, bytes)) return false;
        Changed(name, bytes);
        return true;
    }

    internal bool Put(string name, byte[] bytes)
    {
        objects[name] = bytes;
        Changed(name, bytes);
        return true;
    }

    internal byte[]? Get(string name) => objects.GetValueOrDefault(name);

    internal bool Delete(string name)
    {
        bool was = objects.Remove(name);
        Lose(name);
        if (name.StartsWith(RepositoryLayout.Packs, StringComparison.Ordinal)) packs.Remove(RepositoryLayout.LastSegment(name));
        if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal)) liveSnapshots.Remove(RepositoryLayout.LastSegment(name));
        CheckLoss();
        return was;
    }

    internal Dictionary<string, long> Names(string prefix) => objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(static o => o.Key, static o => o.Value.LongLength, StringComparer.Ordinal);

    // What was there when the listing began and is there now is shown; what came or went since may be.
    internal IReadOnlyList<StoredObject> Page(string prefix, string after, IReadOnlyDictionary<string, long> atFirst, int count)
    {
        Dictionary<string, long> now = Names(prefix);
        var page = new List<StoredObject>();
        foreach (string name in atFirst.Keys.Union(now.Keys).Where(n => string.CompareOrdinal(n, after) > 0).Order(StringComparer.Ordinal))
        {
            bool sure = atFirst.ContainsKey(name) && now.ContainsKey(name);
            if (!sure && Random.Next(2) == 0) continue;
            page.Add(new StoredObject(name, now.TryGetValue(name, out long length) ? length : atFirst[name]));
            if (page.Count == count) break;
        }

        return page;
    }

    // Until everybody has called the store again, has ended, or waits for a timer. What the framework hands over on a thread of its own comes a moment later.
    private void Settle()
    {
        context.Drain();
        while (actors.Count(a => a.Work is { IsCompleted: false } && !pending.Exists(c => c.Actor == a)) > Time.DueCount)
        {
            if (!context.Wait(TimeSpan.FromSeconds(10)))
            {
                Fail($"STUCK: {string.Join(", ", actors.Where(a => a.Work is { IsCompleted: false } && !pending.Exists(c => c.Actor == a)).Select(static a => a.Name))} wait for something that is no call to the store");
                return;
            }

            context.Drain();
        }
    }

    private Repository Open(Actor actor)
    {
        IObjectStore store = new ActorStore(this, actor);
        var jitter = new Random(Random.Next());
        store = new RetryingObjectStore(store, new RetryPipeline(Time, jitter.NextDouble, static _ => { }, CancellationToken.None));
        if (Broken != ProtocolRule.None) store = new BreakingStore(store, Broken, actor.Kind);
        return Repository.Unlock(store, config, configHash, keys);
    }

    private void Step(Actor actor)
    {
        if (actor.Work is null)
        {
            actor.Work = actor.Begin(actor);
            return;
        }

        PendingCall call = NextCall(actor)!;
        actor.Calls++;
        if (actor.Calls == actor.DiesAt)
        {
            // What was on its way may still arrive, now or later.
            bool inDoubt = call.Changes && Random.Next(2) == 0;
            trace.Add($"{actor.Name}: dies{(inDoubt ? $", and {call.Text} is on its way" : "")}");
            if (inDoubt) Add(actor.Kind, repository => ArriveAsync(call, repository), startsAt: Random.Next(2) == 0 ? 0 : Random.Next(400));
            if (inDoubt && Broken == ProtocolRule.SessionStaysInDoubt && call.Text.StartsWith("put new snapshots/", StringComparison.Ordinal)) Delete(RepositoryLayout.Session(RepositoryLayout.LastSegment(call.Text)));
            Kill(actor);
            return;
        }

        pending.Remove(call);
        bool isCommit = LostCommits > 0 && call.Text.StartsWith("put new snapshots/", StringComparison.Ordinal) && actor.Kind == ActorKind.Writer;
        bool lost = (LostAnswers > 0 && Random.NextDouble() < LostAnswers) || (isCommit && Random.NextDouble() < LostCommits);
        if (isCommit && lost) actor.WaitsUntil = step + Random.Next(500);
        lost |= actor.LosesAnswer(call.Text);
        trace.Add($"{actor.Name}: {call.Text} -> ");
        int line = trace.Count - 1;
        trace[line] += call.Execute(lost);
        if (actor.Calls != actor.PausesAfter) return;
        actor.WaitsUntil = actor.Pause == int.MaxValue ? int.MaxValue : step + actor.Pause;
        trace.Add($"{actor.Name}: pauses{(actor.Pause == int.MaxValue ? " for ever" : "")}");
    }

    private Task ArriveAsync(PendingCall call, Repository repository)
    {
        _ = repository;
        trace.Add($"{call.Actor.Name}, which is dead: {call.Text} -> {call.ExecuteLate()}");
        return Task.CompletedTask;
    }

    private void Kill(Actor actor)
    {
        actor.IsDead = true;
        foreach (PendingCall call in pending.Where(c => c.Actor == actor).ToList())
        {
            pending.Remove(call);
            call.Fail(new ActorCrashedException());
        }
    }

    // Those that are done. What an operation ends with is told, unless it is what the simulation did to it.
    private void Collect()
    {
        for (int i = actors.Count - 1; i >= 0; i--)
        {
            Actor actor = actors[i];
            if (actor.Work is not { IsCompleted: true }) continue;
            if (actor.Work.Exception?.InnerException is { } e && !IsExpected(e)) Fail($"ERROR: {actor.Name}: {e}");
            trace.Add($"{actor.Name}: ends{(actor.Work.IsCompletedSuccessfully ? "" : " with an error")}");
            actors.RemoveAt(i);
        }
    }

    private bool IsExpected(Exception e) => e is ActorCrashedException
        || (IsDisturbed && e is BackupException { IsUnavailable: true } or BackupException { Error.Id: "DeletionUnsafe" or "StoreUnreachable" })
        || (e is BackupException known && (known.Error == BackupError.SessionFenced || known.Error == BackupError.SnapshotNotFound || Broken != ProtocolRule.None));

    private void Changed(string name, byte[] bytes)
    {
        string last = RepositoryLayout.LastSegment(name);

        // Whoever has seen it removes it: it is given up, wherever it is.
        if (name.StartsWith(RepositoryLayout.Removals, StringComparison.Ordinal)) Lose(RepositoryLayout.Snapshot(last));
        if (name.StartsWith(RepositoryLayout.Packs, StringComparison.Ordinal))
        {
            packs[last] = [.. PackLayout.Read(keys, Convert.FromHexString(last), bytes).Segments.SelectMany(static s => s.Blobs).Select(static b => b.Id)];
        }
        else if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal))
        {
            if (SealedObject.PeekType(bytes) == SealedType.Snapshot) liveSnapshots.Add(last);
            else liveSnapshots.Remove(last);
            CheckLoss();
        }
    }

    private void CheckLoss()
    {
        foreach (string snapshot in liveSnapshots.Concat(hiddenSnapshots))
        {
            int lost = needs[snapshot].Count(blob => !packs.Values.Concat(hiddenPacks.Values).Any(p => p.Contains(blob)));
            if (lost > 0) Fail($"LOSS: {lost} blobs of snapshots/{snapshot} are in no pack");
        }
    }
}
