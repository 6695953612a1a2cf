using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Optimize;

/// <summary>What optimizations leave for each other may be damaged: no backup is stopped by it, and there is always a way that ends it.</summary>
public sealed class ProtocolDamageTests
{
    private static readonly string[] Kinds = ["decision", "announcement", "decision of an announcement", "announcement and decision", "decision that is carried on", "decision of an announcement that is carried on", "mark"];

    public static TheoryData<string, string> KindsByDamage
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string kind in Kinds)
            {
                foreach (string damage in (string[])["flip", "cut", "empty", "link"]) all.Add(kind, damage);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(KindsByDamage))]
    public async Task A_record_of_an_optimization_that_is_damaged_stops_nobody_for_ever(string kind, string damage)
    {
        if (OperatingSystem.IsWindows() && damage == "link") return;
        await using TestBench bench = await TestBench.CreateAsync();
        await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes(1, 200_000));
        string removed = (await bench.BackupAsync()).SnapshotId;
        await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes(2, 200_000));
        string kept = (await bench.BackupAsync()).SnapshotId;
        string[] packs = [.. Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).Select(static f => Path.GetFileName(f)!)];
        await bench.Engine.RemoveSnapshotAsync("vault", removed, null, default);
        string id = IdSource.Random.Next();
        string announcement = RepositoryLayout.Retirement(id), decision = RepositoryLayout.Decision(id), mark = RepositoryLayout.Sweeper(id, IdSource.Random.Next());
        await using (FolderObjectStore store = FolderObjectStore.Open(bench.Vault))
        {
            Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
            var record = new RetiredRecord { Packs = packs };
            var owner = new SweeperRecord { HostName = "elsewhere", HostId = new string('2', 32), ProcessId = 1, ProcessStart = "", Started = DateTime.UnixEpoch };
            if (kind.Contains("announcement", StringComparison.Ordinal)) await PutAsync(announcement, repository.SealRecord(SealedType.Retired, announcement, record, RepositoryJson.Default.RetiredRecord));

            // What was decided is only what nobody needs.
            if (kind.Contains("decision", StringComparison.Ordinal)) await PutAsync(decision, repository.SealRecord(SealedType.Swept, decision, record with { Packs = [] }, RepositoryJson.Default.RetiredRecord));
            if (kind.Contains("carried", StringComparison.Ordinal) || kind == "mark") await PutAsync(mark, repository.SealRecord(SealedType.Sweeper, mark, owner, RepositoryJson.Default.SweeperRecord));

            async Task PutAsync(string name, byte[] bytes) => Assert.True(await store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), default));
        }

        string[] damaged = kind switch
        {
            "announcement" => [announcement],
            "announcement and decision" => [announcement, decision],
            "mark" => [mark],
            _ => [decision],
        };
        foreach (string name in damaged) await DamageAsync(Path.Join(bench.Vault, name), damage, elsewhere: bench["moved-" + IdSource.Random.Next()]);

        // Any host backs up.
        BackupEngine other = bench.CreateEngine("other");
        BackupResult result = await bench.BackupAsync(type: "Full", engine: other);
        Assert.Equal("Complete", result.Status);

        // What is no object is moved away; an optimization that died elsewhere is given up by name.
        if (damage == "link")
        {
            var request = new OptimizeRequest { Repository = bench.Vault };
            Assert.Equal("DeletionUnsafe", (await Assert.ThrowsAsync<BackupException>(() => other.OptimizeAsync(request, bench.Callbacks, default))).Error.Id);
            foreach (string name in damaged) File.Delete(Path.Join(bench.Vault, name));
        }

        bool isUnknown = kind == "decision that is carried on" && damage != "link";
        if (isUnknown)
        {
            BackupException e = await Assert.ThrowsAsync<BackupException>(() => OptimizeAsync([]));
            Assert.Equal("DeletionUnsafe", e.Error.Id);
            Assert.Contains(id, e.Message, StringComparison.Ordinal);
        }

        await OptimizeAsync(kind.Contains("carried", StringComparison.Ordinal) || kind == "mark" ? [id] : []);
        await OptimizeAsync([]);
        Assert.Empty(Directory.GetFiles(bench.Vault + "/retired"));
        Assert.Empty(Directory.GetFiles(bench.Vault + "/sweepers"));
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Equal("Complete", (await bench.BackupAsync(engine: other)).Status);
        foreach (string snapshot in (string[])[kept, result.SnapshotId]) Assert.Equal("Complete", (await bench.RestoreAsync(snapshot, "out-" + snapshot, static r => r with { Verify = true })).Status);

        async Task OptimizeAsync(string[] abandon) => await bench.Engine.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault, Abandon = abandon, MaxUnusedPercent = 0 }, bench.Callbacks, default);
    }

    private static async Task DamageAsync(string path, string damage, string elsewhere)
    {
        byte[] bytes = await File.ReadAllBytesAsync(path);
        switch (damage)
        {
            case "flip":
                bytes[60] ^= 1;
                await File.WriteAllBytesAsync(path, bytes);
                break;
            case "cut":
                await File.WriteAllBytesAsync(path, bytes[..50]);
                break;
            case "empty":
                await File.WriteAllBytesAsync(path, []);
                break;
            default:
                File.Move(path, elsewhere);
                File.CreateSymbolicLink(path, elsewhere);
                break;
        }
    }
}
