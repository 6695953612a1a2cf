namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>Listing over all registered repositories.</summary>
public sealed class SeveralRepositoriesTests
{
    [Fact]
    public async Task The_latest_are_those_of_all_repositories_together()
    {
        var clock = new OffsetClock(TimeSpan.FromSeconds(10));
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "annex", Path = bench["annex"], Secret = bench.Secret, Compression = "None" }, default);
        bench.Write("file", "content");
        var made = new List<string>();
        foreach (string repository in new[] { "vault", "annex", "vault", "annex", "vault" })
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            made.Add((await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = repository }, bench.Callbacks, default)).SnapshotId);
        }

        foreach (int last in new[] { 1, 2, 3, 5, 9 })
        {
            var found = new List<string>();
            await foreach (BackupSnapshot snapshot in bench.Engine.GetSnapshotsAsync(new SnapshotQuery { Last = last }, bench.Callbacks, default)) found.Add(snapshot.SnapshotId);
            Assert.Equal(made.TakeLast(last), found);
        }
    }

    [Fact]
    public async Task A_repository_that_is_out_of_reach_hides_no_other_and_can_be_renamed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "annex", Path = bench["annex"], Secret = bench.Secret, Compression = "None" }, default);
        bench.Write("file", "content");
        BackupResult backup = await bench.BackupAsync();
        Directory.Move(bench["annex"], bench["elsewhere"]);

        var found = new List<string>();
        await foreach (BackupSnapshot snapshot in bench.Engine.GetSnapshotsAsync(new SnapshotQuery(), bench.Callbacks, default)) found.Add(snapshot.SnapshotId);
        Assert.Equal([backup.SnapshotId], found);
        Assert.Equal("StoreUnreachable", Assert.Single(bench.Faults).Error.Id);

        BackupRepository renamed = await bench.Engine.UpdateRepositoryAsync("annex", "attic", null, default);
        Assert.Equal(("attic", "Unreachable"), (renamed.Name, renamed.Status));
        BackupRepository moved = await bench.Engine.UpdateRepositoryAsync("attic", null, bench["elsewhere"], default);
        Assert.Equal(("attic", "Unlocked"), (moved.Name, moved.Status));
    }
}
