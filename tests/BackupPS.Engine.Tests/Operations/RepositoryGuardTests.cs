namespace BackupPS.Engine.Tests.Operations;

/// <summary>Slips with folders and names of repositories that would cost data.</summary>
public sealed class RepositoryGuardTests
{
    [Theory]
    [InlineData("vault")]
    [InlineData("vault/packs")]
    [InlineData("vault/new/folder")]
    [InlineData("link")]
    [InlineData("link/new")]
    [InlineData("unnamed/x")]
    [InlineData("away/x")]
    public async Task Nothing_is_restored_into_the_folder_of_a_repository_and_no_other_is_made_there(string place)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "content");
        BackupResult saved = await bench.BackupAsync();
        if (place.StartsWith("link", StringComparison.Ordinal)) Directory.CreateSymbolicLink(bench["link"], bench.Vault);
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["unnamed"], Secret = bench.Secret }, default);

        // One that is registered keeps its place while it is not mounted.
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "away", Path = bench["away"], Secret = bench.Secret }, default);
        Directory.Delete(bench["away"], recursive: true);
        string[] before = List(bench);
        foreach (bool inPlace in new[] { false, true })
        {
            var request = new RestoreRequest { Repository = "vault", SnapshotId = saved.SnapshotId, Destination = bench[place], InPlace = inPlace, Overwrite = "Always" };
            await RefusesAsync(() => bench.Engine.PlanRestoreAsync(request, bench.Callbacks, default));
            await RefusesAsync(() => bench.Engine.RestoreAsync(request, bench.Callbacks, default));
        }

        await RefusesAsync(() => bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "second", Path = bench[place + "/second"], Secret = bench.Secret }, default));
        Assert.Equal(before, List(bench));

        static async Task RefusesAsync(Func<Task> call) => Assert.Same(BackupError.InsideRepository, (await Assert.ThrowsAsync<BackupException>(call)).Error);
        static string[] List(TestBench bench) => [.. Directory.GetFiles(bench.Folder, "*", SearchOption.AllDirectories).Where(static f => !f.Contains("/home/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_folder_beside_or_around_a_repository_is_free()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "content");
        BackupResult saved = await bench.BackupAsync();
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["vault2"], Secret = bench.Secret }, default);
        foreach (string destination in new[] { "vault-restored", "." })
        {
            RestoreResult result = await bench.RestoreAsync(saved.SnapshotId, destination);
            Assert.Equal("Complete", result.Status);
        }
    }

    [Fact]
    public async Task A_repository_of_policies_is_forgotten_only_on_purpose()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "content");
        await bench.AddPolicyAsync();
        Assert.Equal(["p"], await bench.Engine.FindOrphansAsync("vault", default));
        foreach (bool deleteData in new[] { false, true })
        {
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RemoveRepositoryAsync("vault", deleteData, orphansPolicies: false, default));
            Assert.Same(BackupError.RepositoryInUse, error.Error);
        }

        Assert.Equal("Complete", (await bench.RunPolicyAsync()).Status);

        // A copy under another name takes its place.
        await bench.Engine.ConnectRepositoryAsync("second", bench.Vault, bench.Secret, default);
        Assert.Empty(await bench.Engine.FindOrphansAsync("vault", default));
        await bench.Engine.RemoveRepositoryAsync("vault", deleteData: false, orphansPolicies: false, default);
        Assert.Equal("second", Assert.Single(await bench.Engine.GetPoliciesAsync(default)).Repository);
        Assert.Equal("second", (await bench.RunPolicyAsync()).Repository);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_policy_finds_its_repository_by_id_under_a_new_name_and_in_a_new_place(bool byPath)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "content");
        await bench.Engine.CreatePolicyAsync(new BackupPolicy { PolicyName = "p", Source = [bench.Source], Repository = byPath ? bench.Vault : "vault", RepositoryId = "" }, default);
        await bench.RunPolicyAsync();
        await bench.Engine.RemoveRepositoryAsync("vault", deleteData: false, orphansPolicies: true, default);
        Directory.Move(bench.Vault, bench["moved"]);
        BackupRepository moved = await bench.Engine.ConnectRepositoryAsync("other", bench["moved"], bench.Secret, default);

        // The name may be another's by now.
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "vault", Path = bench["new"], Secret = bench.Secret }, default);
        BackupResult result = await bench.RunPolicyAsync();
        Assert.Equal((moved.RepositoryId, "other", "Incremental"), (result.RepositoryId, result.Repository, result.Type));
        Assert.Equal("other", Assert.Single(await bench.Engine.GetPoliciesAsync(default)).Repository);
    }
}
