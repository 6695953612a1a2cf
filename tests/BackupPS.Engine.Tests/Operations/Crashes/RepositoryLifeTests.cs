using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;
using Xunit.Abstractions;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>The beginning and the end of a repository, with a fault at every call to the store.</summary>
public sealed class RepositoryLifeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Faults => [.. Enum.GetNames<StoreFault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_creation_that_is_ended_at_any_call_can_be_repeated_and_what_it_leaves_opens_or_is_no_repository(string name)
    {
        StoreFault fault = Enum.Parse<StoreFault>(name);
        await using var bench = new TestBench(clock: new HurriedClock(100));
        for (int n = 1; ; n++)
        {
            string path = bench[$"vault-{n}"], home = $"home-{n}";
            await using FolderObjectStore store = FolderObjectStore.Create(path);
            var faulty = FaultyObjectStore.With(store, fault, n);
            bool created = true;
            try
            {
                await CreateAsync(bench.CreateEngine(home, createFolder: _ => faulty), bench, path);
            }
            catch (BackupException e)
            {
                Assert.Equal("StoreUnreachable", e.Error.Id);
                created = false;
            }

            // In a folder, temporaries begin with a dot.
            if (File.Exists(Path.Join(path, "tmp/torn"))) File.Move(Path.Join(path, "tmp/torn"), Path.Join(path, "tmp/.torn"));

            // What a killed process, or one that failed, has left.
            BackupEngine engine = bench.CreateEngine(home);
            bool there = File.Exists(Path.Join(path, "repository.json"));
            Assert.False(created && !there);
            Assert.True(created || !fault.IsTransient());
            if (!there)
            {
                Assert.Equal("RepositoryNotFound", (await Assert.ThrowsAsync<BackupException>(() => engine.ConnectRepositoryAsync(null, path, bench.Secret, default))).Error.Id);
                await CreateAsync(engine, bench, path);
            }
            else
            {
                await engine.ConnectRepositoryAsync("new", path, bench.Secret, default);
                Assert.Equal("RepositoryExists", (await Assert.ThrowsAsync<BackupException>(() => CreateAsync(engine, bench, path))).Error.Id);
            }

            // One key, which opens it in a new process too, and a backup goes in.
            Assert.True(Directory.GetFiles(Path.Join(path, "keys")).Length == 1, $"{fault} at call {n}");
            BackupEngine other = bench.CreateEngine("another-" + home);
            await other.ConnectRepositoryAsync(null, path, bench.Secret, default);
            bench.Write("f", "x");
            BackupResult result = await other.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = path }, RunCallbacks.None, default);
            Assert.Equal("Passed", (await other.VerifyAsync(new VerifyRequest { Repository = path, Level = "Data" }, RunCallbacks.None, default)).Status);
            Assert.Equal("Complete", result.Status);
            if (faulty.CallCount >= n) continue;
            Assert.InRange(n, 4, 20);
            output.WriteLine($"creation, {fault}: {n - 1} crash points");
            return;
        }
    }

    [Theory]
    [InlineData("other.txt")]
    [InlineData("keys/note.txt")]
    [InlineData("packs/00/0123")]
    [InlineData("tmp/mine")]
    [InlineData("snapshots/0123456789abcdef0123456789abcdef")]
    public async Task A_folder_with_anything_else_in_it_is_refused_and_left_alone(string file)
    {
        await using var bench = new TestBench();
        await FolderObjectStore.Create(bench.Vault).DisposeAsync();
        await File.WriteAllTextAsync(Path.Join(bench.Vault, file), "somebody's");
        Assert.Equal("FolderNotEmpty", (await Assert.ThrowsAsync<BackupException>(() => CreateAsync(bench.Engine, bench, bench.Vault))).Error.Id);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(Path.Join(bench.Vault, file)));
        Assert.Single(Directory.GetFiles(bench.Vault, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_removal_with_all_data_that_is_ended_at_any_call_can_be_repeated(string name)
    {
        StoreFault fault = Enum.Parse<StoreFault>(name);
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(100));
        bench.Write("f", "x");
        await bench.BackupAsync();
        await Shell.RunAsync("rm -rf home/cache; cp -a home start; cp -a vault saved", bench.Folder);
        for (int n = 1; ; n++)
        {
            await Shell.RunAsync("rm -rf home vault; cp -a start home; cp -a saved vault", bench.Folder);
            await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
            var faulty = FaultyObjectStore.With(store, fault, n);
            try
            {
                await bench.CreateEngine("home", _ => faulty).RemoveRepositoryAsync("vault", deleteData: true, orphansPolicies: true, default);
            }
            catch (BackupException e)
            {
                Assert.Equal("StoreUnreachable", e.Error.Id);
                Assert.False(fault.IsTransient());
            }

            BackupEngine engine = bench.CreateEngine("home");
            if ((await engine.GetPoliciesAsync(default)).Count == 0 && engine.GetKnownNames().Repositories.Count > 0)
            {
                bool gone = !File.Exists(Path.Join(bench.Vault, "repository.json"));
                await engine.RemoveRepositoryAsync("vault", deleteData: !gone, orphansPolicies: true, default);
            }

            Assert.Empty(engine.GetKnownNames().Repositories);
            if (Directory.Exists(bench.Vault)) Assert.DoesNotContain(Directory.GetFiles(bench.Vault, "*", SearchOption.AllDirectories), static f => !f.EndsWith("/tmp/torn", StringComparison.Ordinal));

            // The folder serves again.
            foreach (string torn in Directory.Exists(bench.Vault) ? Directory.GetFiles(bench.Vault, "torn", SearchOption.AllDirectories) : []) File.Delete(torn);
            await CreateAsync(engine, bench, bench.Vault);
            if (faulty.CallCount >= n) continue;
            output.WriteLine($"removal, {fault}: {n - 1} crash points");
            return;
        }
    }

    private static Task<BackupRepository> CreateAsync(BackupEngine engine, TestBench bench, string path) =>
        engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "new", Path = path, Secret = bench.Secret }, default);
}
