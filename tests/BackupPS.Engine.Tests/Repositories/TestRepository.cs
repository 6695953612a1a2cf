using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>A repository in memory, unlocked, with the small steps that tests take in it.</summary>
internal sealed class TestRepository
{
    private readonly RepositoryConfig config;
    private readonly KeySet keys;

    public TestRepository(string compression = "brotli")
    {
        config = new RepositoryConfig { Id = IdSource.Random.Next(), Created = Time.GetUtcNow().UtcDateTime, Compression = compression, Chunking = ChunkingConfig.Create(ChunkingConfig.FastCdc, ChunkingConfig.SmallestAverage) };
        keys = KeySet.Create(config.IdBytes);
        Repository = Through(Store);
    }

    public ManualTime Time { get; } = new(new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc));

    public MemoryObjectStore Store { get; } = new();

    public Repository Repository { get; }

    public KeySet Keys => keys;

    public SnapshotStore Snapshots => new(Repository, Time);

    /// <summary>The same repository by way of another store, which wraps <see cref="Store"/>.</summary>
    public Repository Through(IObjectStore store) => Repository.Unlock(store, config, SHA256.HashData(config.Serialize()), keys);

    public Task<RepositoryWriter> BeginAsync(IObjectStore? through = null, Action<string>? onWarning = null) =>
        RepositoryWriter.BeginAsync(through is null ? Repository : Through(through), Session(), IdSource.Random, Time, onWarning, CancellationToken.None);

    public SessionRecord Session() => new() { HostName = "host", HostId = new string('1', 32), UserName = "user", ProcessId = 1, PolicyName = "policy", Started = Time.GetUtcNow().UtcDateTime };

    public SnapshotRecord Record(string id, BlobId root = default, long sequence = 1) => new()
    {
        Id = id,
        Time = Time.GetUtcNow().UtcDateTime,
        HostName = "host",
        HostId = new string('1', 32),
        UserName = "user",
        PolicyName = "policy",
        Source = ["/a"],
        Type = "Full",
        Status = "Complete",
        ParentId = "",
        PredecessorId = "",
        Sequence = sequence,
        Root = root.ToString(),
        Tag = ["own"],
        Program = "test",
    };

    /// <summary>A snapshot without content, its session ended.</summary>
    public async Task<SnapshotRecord> CommitAsync(long sequence = 1, bool endSession = true, string policy = "policy")
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        await using WriterSession session = await WriterSession.BeginAsync(Repository, Session(), IdSource.Random, Time, CancellationToken.None);
        SnapshotRecord record = Record(session.Id, sequence: sequence) with { PolicyName = policy };
        await session.CommitAsync(record, CancellationToken.None);
        if (endSession) await session.EndAsync(CancellationToken.None);
        return record;
    }

    /// <summary>Stores a blob of data through a writer of its own.</summary>
    public static BlobId SaveData(RepositoryWriter writer, KeySet keys, SegmentWriter segments, byte[] content)
    {
        BlobId id = keys.ComputeId(BlobKind.Data, content);
        if (writer.TryClaim(id, content.Length)) segments.Add(id, content);
        return id;
    }

    public Task<BlobIndex> LoadIndexAsync() => IndexLoader.LoadAsync(Repository, new HashSet<string>(), onDamage: null, CancellationToken.None);

    public async Task<IReadOnlyList<string>> NamesAsync(string prefix = "")
    {
        var names = new List<string>();
        await foreach (StoredObject item in Store.ListAsync(prefix, CancellationToken.None)) names.Add(item.Name);
        return names;
    }

    /// <summary>Changes one byte of an object.</summary>
    public async Task DamageAsync(string name, int offset = 60)
    {
        byte[] bytes = (await Store.GetAsync(name, int.MaxValue, CancellationToken.None))!;
        bytes[offset] ^= 1;
        await Store.PutAsync(name, new System.Buffers.ReadOnlySequence<byte>(bytes), CancellationToken.None);
    }

    public ValueTask<bool> PutAsync(string name, byte[] bytes) => Store.PutNewAsync(name, new System.Buffers.ReadOnlySequence<byte>(bytes), CancellationToken.None);
}
