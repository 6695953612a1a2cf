using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>What a writer owes to pruners and to those who remove snapshots (DESIGN section 6).</summary>
public sealed class ProtocolTests
{
    [TreeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copies_in_packs_that_are_being_retired_count_as_absent(bool swept)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 5; i++) bench.Write($"f{i}", $"content {i}");
        await bench.BackupAsync();
        string[] packs = [.. Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).Select(static f => Path.GetFileName(f)!)];
        await using (FolderObjectStore store = FolderObjectStore.Open(bench.Vault))
        {
            Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
            string id = IdSource.Random.Next(), name = swept ? RepositoryLayout.Decision(id) : RepositoryLayout.Retirement(id);
            byte[] record = repository.SealRecord(swept ? SealedType.Swept : SealedType.Retired, name, new RetiredRecord { Packs = packs }, RepositoryJson.Default.RetiredRecord);
            await store.PutNewAsync(name, new ReadOnlySequence<byte>(record), default);

            // A decision binds as long as somebody carries it on.
            if (swept) await store.PutNewAsync(RepositoryLayout.Sweeper(id, IdSource.Random.Next()), new ReadOnlySequence<byte>([1]), default);
        }

        BackupResult second = await bench.BackupAsync();
        Assert.Equal(5, second.FilesRead);
        foreach (string pack in packs) File.Delete(Path.Join(bench.Vault, RepositoryLayout.Pack(pack)));
        await bench.RestoreAsync(second.SnapshotId, "out", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [Fact]
    public async Task A_snapshot_whose_session_still_stands_is_removed_by_a_tombstone()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupResult first = await bench.BackupAsync(), second = await bench.BackupAsync();
        await File.WriteAllTextAsync($"{bench.Vault}/sessions/{first.SnapshotId}", "of a writer that was killed after its commit");
        await bench.Engine.RemoveSnapshotAsync("vault", first.SnapshotId, null, default);
        await bench.Engine.RemoveSnapshotAsync("vault", second.SnapshotId, null, default);
        Assert.True(File.Exists($"{bench.Vault}/snapshots/{first.SnapshotId}"));
        Assert.False(File.Exists($"{bench.Vault}/snapshots/{second.SnapshotId}"));
        Assert.Empty(await bench.ListSnapshotsAsync());
        Assert.Equal("SnapshotNotFound", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(first.SnapshotId, "out"))).Error.Id);
        Assert.Equal(["sessions/" + first.SnapshotId], (await bench.VerifyAsync()).DamagedObject);
        File.Delete($"{bench.Vault}/sessions/{first.SnapshotId}");
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Equal("Full", (await bench.BackupAsync()).Type);
    }
}
