namespace BackupPS.Engine.Tests.Operations;

/// <summary>Keys, locks, and repositories that are not what they should be.</summary>
public sealed class RepositoryAccessTests
{
    private static async Task<BackupException> ErrorOfAsync(Func<Task> call) => await Assert.ThrowsAsync<BackupException>(call);

    private static BackupEngine Locked(TestBench bench) => new(new EngineOptions { HomeFolder = bench["locked-home"], TimeProvider = bench.Clock });

    [Fact]
    public async Task A_wrong_key_is_told_from_a_damaged_one_and_from_none()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await using BackupEngine engine = Locked(bench);
        var query = new SnapshotQuery { Repository = bench.Vault };
        Task ListAsync(RepositorySecret? secret) => engine.GetSnapshotsAsync(query with { Secret = secret }, RunCallbacks.None, default).GetAsyncEnumerator().MoveNextAsync().AsTask();
        Assert.Equal("RepositoryLocked", (await ErrorOfAsync(() => ListAsync(null))).Error.Id);
        Assert.Equal("WrongKey", (await ErrorOfAsync(() => ListAsync(RepositorySecret.FromPassphrase("wrong")))).Error.Id);
        Assert.Equal("SecretMissing", (await ErrorOfAsync(() => engine.ConnectRepositoryAsync(null, bench.Vault, null, default))).Error.Id);
        Assert.Equal("RepositoryLocked", (await ErrorOfAsync(() => ListAsync(null))).Error.Id);
        await engine.ConnectRepositoryAsync(null, bench.Vault, bench.Secret, default);
        await ListAsync(null);
        await engine.DisconnectRepositoryAsync(bench.Vault, default);
        Assert.Equal("RepositoryLocked", (await ErrorOfAsync(() => ListAsync(null))).Error.Id);

        string key = Assert.Single(Directory.GetFiles(bench.Vault + "/keys"));
        byte[] bytes = await File.ReadAllBytesAsync(key);
        bytes[60] ^= 1;
        File.Delete(key);
        await File.WriteAllBytesAsync(key, bytes);
        BackupException damaged = await ErrorOfAsync(() => ListAsync(bench.Secret));
        Assert.Equal(("KeyDamaged", "keys/" + Path.GetFileName(key)), (damaged.Error.Id, damaged.Target));
        File.Delete(key);
        Assert.Equal("RepositoryDamaged", (await ErrorOfAsync(() => ListAsync(bench.Secret))).Error.Id);
    }

    [Fact]
    public async Task A_passphrase_opens_what_it_made_in_either_normal_form()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        var composed = RepositorySecret.FromPassphrase("caf\u00e9");
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["second"], Secret = composed }, default);
        await using BackupEngine engine = Locked(bench);
        BackupRepository connected = await engine.ConnectRepositoryAsync("again", bench["second"], RepositorySecret.FromPassphrase("cafe\u0301"), default);
        Assert.Equal("Unlocked", connected.Status);
        Assert.Equal("WrongKey", (await ErrorOfAsync(() => engine.ConnectRepositoryAsync("again", null, RepositorySecret.FromPassphrase("cafe"), default))).Error.Id);
    }

    [Theory]
    [InlineData("secret\n", 0b110_000_000, true)]
    [InlineData("secret\r\n", 0b110_000_000, true)]
    [InlineData("secret", 0b100_000_000, true)]
    [InlineData("secret\n\n", 0b110_000_000, false)]
    [InlineData("secret ", 0b110_000_000, false)]
    public async Task A_password_file_has_one_newline_at_most_that_does_not_count(string content, int mode, bool opens)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["second"], Secret = RepositorySecret.FromPassphrase("secret") }, default);
        await File.WriteAllTextAsync(bench["password"], content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(bench["password"], (UnixFileMode)mode);
        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = bench["locked-home"], UnattendedSecret = () => RepositorySecret.FromPasswordFile(bench["password"]) });
        Task ListAsync() => engine.GetSnapshotsAsync(new SnapshotQuery { Repository = bench["second"] }, RunCallbacks.None, default).GetAsyncEnumerator().MoveNextAsync().AsTask();
        if (opens) await ListAsync();
        else Assert.Equal("WrongKey", (await ErrorOfAsync(ListAsync)).Error.Id);
    }

    [Theory]
    [InlineData("secret", 0b110_100_000)]
    [InlineData("secret", 0b110_000_100)]
    [InlineData("", 0b110_000_000)]
    [InlineData("\n", 0b110_000_000)]
    public async Task A_password_file_that_others_can_read_or_that_is_empty_is_refused(string content, int mode)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await File.WriteAllTextAsync(bench["password"], content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(bench["password"], (UnixFileMode)mode);
        BackupException e = Assert.Throws<BackupException>(() => RepositorySecret.FromPasswordFile(bench["password"]));
        Assert.Equal("SecretFileUnusable", e.Error.Id);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[1, 2")]
    [InlineData("""{ "format": "BackupPS repository", "version": 1, "id": null, "created": "2026-01-01T00:00:00Z", "compression": null, "chunking": null }""")]
    [InlineData("""{ "format": "BackupPS repository", "version": 1, "id": "x", "created": "2026-01-01T00:00:00Z", "compression": "none", "chunking": { "algorithm": null, "minimum": 1, "average": 2, "maximum": 3 } }""")]
    public async Task A_repository_json_that_is_none_is_a_damaged_repository(string json)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string path = bench.Vault + "/repository.json";
        File.Delete(path);
        await File.WriteAllTextAsync(path, json);
        BackupException e = await ErrorOfAsync(() => bench.BackupAsync());
        Assert.Equal(("RepositoryDamaged", "repository.json"), (e.Error.Id, e.Target));
        Assert.Equal("RepositoryDamaged", (await ErrorOfAsync(() => bench.VerifyAsync())).Error.Id);
    }

    [Fact]
    public async Task Another_repository_in_the_place_of_a_registered_one_is_not_written_to()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["second"], Secret = bench.Secret }, default);
        await bench.AddPolicyAsync();
        await Shell.RunAsync("mv vault away; mv second vault", bench.Folder);
        Assert.Equal("RepositoryDamaged", (await ErrorOfAsync(() => bench.RunPolicyAsync())).Error.Id);
        Assert.Equal("RepositoryDamaged", (await ErrorOfAsync(() => bench.Engine.RemoveRepositoryAsync("vault", deleteData: true, orphansPolicies: true, default))).Error.Id);
        Assert.True(File.Exists(bench.Vault + "/repository.json"));
        await Shell.RunAsync("rm -r vault", bench.Folder);
        Assert.Equal("StoreUnreachable", (await ErrorOfAsync(() => bench.RunPolicyAsync())).Error.Id);
    }

    [Fact]
    public async Task Forgetting_a_copy_of_a_repository_leaves_the_other_unlocked()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("cp -a vault copy", bench.Folder);
        await bench.Engine.ConnectRepositoryAsync("copy", bench["copy"], bench.Secret, default);
        await bench.Engine.RemoveRepositoryAsync("copy", deleteData: false, orphansPolicies: true, default);
        Assert.Equal("Unlocked", (await bench.Engine.GetRepositoryAsync("vault", default)).Status);
        await bench.Engine.RemoveRepositoryAsync("vault", deleteData: false, orphansPolicies: true, default);
        Assert.Equal("Locked", (await bench.Engine.GetRepositoryAsync(bench.Vault, default)).Status);
    }

    [Fact]
    public async Task Deleting_a_repository_deletes_nothing_else()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.BackupAsync();
        Directory.CreateDirectory(bench["outside/empty/deeper"]);
        Directory.CreateSymbolicLink(bench.Vault + "/packs/link", bench["outside"]);
        await bench.Engine.RemoveRepositoryAsync("vault", deleteData: true, orphansPolicies: true, default);
        Assert.True(Directory.Exists(bench["outside/empty/deeper"]));
        Assert.Equal("./packs ./packs/link ", await Shell.RunAsync("find . -mindepth 1 | sort | tr '\\n' ' '", bench.Vault));
        File.Delete(bench.Vault + "/packs/link");

        // Created and deleted again, with nothing of others in it, the folder is gone.
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = bench["third"], Secret = bench.Secret }, default);
        await bench.Engine.RemoveRepositoryAsync(bench["third"], deleteData: true, orphansPolicies: true, default);
        Assert.False(Directory.Exists(bench["third"]));
        Assert.Equal("x", TestBench.Read(bench.Source + "/f"));
    }

    [Fact]
    public async Task A_repository_that_cannot_be_registered_is_not_left_behind()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await File.WriteAllTextAsync(bench["no-home"], "a file where the home should be");
        BackupEngine engine = bench.CreateEngine("no-home");
        var request = new CreateRepositoryRequest { Name = "annex", Path = bench["annex"], Secret = bench.Secret };
        Assert.Equal("CatalogUnusable", (await Assert.ThrowsAsync<BackupException>(() => engine.CreateRepositoryAsync(request, default))).Error.Id);
        Assert.False(Directory.Exists(bench["annex"]));
        File.Delete(bench["no-home"]);
        Assert.Equal("annex", (await engine.CreateRepositoryAsync(request, default)).Name);
    }
}
