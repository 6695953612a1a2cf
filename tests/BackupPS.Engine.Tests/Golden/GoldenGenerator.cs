using System.Buffers;
using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Repositories;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>
/// How the golden repositories were made: <c>dotnet BackupPS.Engine.Tests.dll golden &lt;folder&gt;</c>. Trees are written through the engine's
/// own writers with metadata that is made up, so that it needs neither root nor a file system that has everything.
/// </summary>
internal static class GoldenGenerator
{
    public const string Task = "golden";

    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);

    public static async Task<int> RunAsync(string folder)
    {
        foreach (GoldenRepository golden in GoldenRepository.All)
        {
            await using FolderObjectStore store = FolderObjectStore.Create(Path.Combine(folder, golden.Name));
            await CreateAsync(golden, store);
            IReadOnlyList<ListedSnapshot> listing = await EngineListing.ReadAsync(await Repository.OpenAsync(store, golden.Secret, CancellationToken.None));
            await File.WriteAllLinesAsync(Path.Combine(folder, golden.Name + ".listing.txt"), listing.SelectMany(static s => s.ToLines()));
        }

        return 0;
    }

    /// <summary>Fills a store with all that a repository of this version can hold.</summary>
    public static async Task CreateAsync(GoldenRepository golden, IObjectStore store)
    {
        var time = new ManualTime(Start);
        var config = new RepositoryConfig
        {
            Id = IdSource.Random.Next(),
            Created = Start,
            Compression = golden.Codec,
            Chunking = ChunkingConfig.Create(golden.Algorithm, ChunkingConfig.SmallestAverage),
        };
        Repository repository = await Repository.CreateAsync(store, config, golden.Secret, IdSource.Random, CancellationToken.None);
        if (golden.HasPassphrase && golden.HasKeyFile)
        {
            byte[] second = KeyObject.Wrap(repository.Keys, GoldenRepository.KeyFileSecret, config.Serialize());
            await PutAsync(store, RepositoryLayout.Key(IdSource.Random.Next()), second);
        }

        SnapshotRecord first = await BackUpAsync(repository, time, null, "Full", changed: false);
        SnapshotRecord second2 = await BackUpAsync(repository, time, first, "Incremental", changed: true);
        var snapshots = new SnapshotStore(repository, time);

        // Notes: the last of them wins.
        SnapshotState state = await snapshots.FindAsync(first.Id, CancellationToken.None);
        state = await snapshots.AnnotateAsync(state, ["first note"], hold: true, CancellationToken.None);
        await snapshots.AnnotateAsync(state, ["second note", "täg"], hold: false, CancellationToken.None);
        await snapshots.AnnotateAsync(await snapshots.FindAsync(second2.Id, CancellationToken.None), tag: null, hold: true, CancellationToken.None);

        // Removed after its session had ended, and while its session stood.
        SnapshotRecord removed = await BackUpAsync(repository, time, second2, "Incremental", changed: false);
        await snapshots.RemoveAsync(await snapshots.FindAsync(removed.Id, CancellationToken.None), CancellationToken.None);
        RepositoryWriter standing = await BeginAsync(repository, time);
        await using (standing)
        {
            SnapshotRecord record = await SaveAsync(repository, standing, time, removed, "Incremental", changed: true);
            await snapshots.RemoveAsync(await snapshots.FindAsync(record.Id, CancellationToken.None), CancellationToken.None);
            string beat = RepositoryLayout.Heartbeat(standing.Session.Id, 0);
            await PutAsync(store, beat, SealedObject.Seal(repository.Keys, SealedType.Session, beat, "{}"u8));
        }

        // A session that was fenced off, a run that ended early, a list of retired packs and a decision, and names of later versions.
        string fenced = RepositoryLayout.Snapshot(IdSource.Random.Next());
        await PutAsync(store, fenced, repository.SealRecord(SealedType.Tombstone, fenced, new TombstoneRecord { Reason = "fenced", Time = Start }, RepositoryJson.Default.TombstoneRecord));
        await using (RepositoryWriter interrupted = await BeginAsync(repository, time))
        {
            interrupted.Save(BlobKind.Tree, TreePage.EncodePageList([]));
            await interrupted.FlushAsync();
            await interrupted.AbandonAsync();
        }

        string retired = RepositoryLayout.Retired + IdSource.Random.Next();
        var packs = new RetiredRecord { Packs = [new string('0', 64)] };
        await PutAsync(store, retired, repository.SealRecord(SealedType.Retired, retired, packs, RepositoryJson.Default.RetiredRecord));
        string swept = RepositoryLayout.Retired + IdSource.Random.Next() + RepositoryLayout.SweptSuffix;
        await PutAsync(store, swept, repository.SealRecord(SealedType.Swept, swept, packs, RepositoryJson.Default.RetiredRecord));
        await PutAsync(store, "later/thing", "of a later version"u8.ToArray());
        await PutAsync(store, "notes/later", "of a later version"u8.ToArray());

        // The last snapshot: its predecessor is one that was removed.
        await BackUpAsync(repository, time, removed, "Differential", changed: true);
    }

    private static async Task<SnapshotRecord> BackUpAsync(Repository repository, ManualTime time, SnapshotRecord? before, string type, bool changed)
    {
        await using RepositoryWriter writer = await BeginAsync(repository, time);
        SnapshotRecord record = await SaveAsync(repository, writer, time, before, type, changed);
        await writer.Session.EndAsync(CancellationToken.None);
        return record;
    }

    private static async Task<RepositoryWriter> BeginAsync(Repository repository, ManualTime time)
    {
        time.Advance(TimeSpan.FromMinutes(1));
        var session = new SessionRecord { HostName = "golden", HostId = "00112233445566778899aabbccddeeff", UserName = "tester", ProcessId = 1, PolicyName = "golden", Started = time.GetUtcNow().UtcDateTime };
        return await RepositoryWriter.BeginAsync(repository, session, IdSource.Random, time, onWarning: null, CancellationToken.None);
    }

    private static async Task<SnapshotRecord> SaveAsync(Repository repository, RepositoryWriter writer, ManualTime time, SnapshotRecord? before, string type, bool changed)
    {
        BlobId root = new GoldenTree(repository, writer).Write(changed);
        await writer.FlushAsync();
        var record = new SnapshotRecord
        {
            Id = writer.Session.Id,
            Time = time.GetUtcNow().UtcDateTime,
            HostName = "golden",
            HostId = "00112233445566778899aabbccddeeff",
            UserName = "tester",
            PolicyName = "golden",
            Source = [PathText.Escape("/srv/golden"), PathText.Escape(PathText.FromBytes([.. "/srv/back\\slash "u8, 0xFF, .. "é"u8]))],
            Type = type,
            Status = changed ? "Incomplete" : "Complete",
            ParentId = before?.Id ?? "",
            PredecessorId = before?.Id ?? "",
            Sequence = (before?.Sequence ?? 0) + 1,
            Root = root.ToString(),
            Tag = ["made", "by hand"],
            FileCount = 42,
            BytesAdded = writer.BytesAdded,
            BytesStored = writer.BytesStored,
            Program = "BackupPS golden",
        };
        await writer.Session.CommitAsync(record, CancellationToken.None);
        return record;
    }

    private static async Task PutAsync(IObjectStore store, string name, byte[] bytes) =>
        Assert.True(await store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), CancellationToken.None));
}
