using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A folder in which nothing changed keeps the parent's tree: it must be what writing it anew would have given.</summary>
public sealed class UnchangedTreeTests
{
    private const string Make =
        """
        mkdir -p a/b/c large empty 'x y' links deep/1/2/3/4/5
        for i in $(seq 1 2500); do printf $i > "large/a file with a longer name $i"; done
        for i in 1 2 3; do printf $i > a/f$i; printf $i > a/b/f$i; printf $i > a/b/c/f$i; printf $i > deep/1/2/3/4/5/f$i; done
        ln -s ../a links/to-a; ln a/f1 links/linked; mkfifo links/fifo
        setfattr -n user.x -v 1 a 2>/dev/null || true
        """;

    private static readonly string[] Mutations =
    [
        "printf $1 >> a/b/f2",
        "find . -type f -name 'f*' | sort | sed -n \"$((1 + $1 % 12))p\" | while read -r f; do printf $1 >> \"$f\"; done",
        "printf new > a/b/new$1",
        "rm -f \"large/$(ls large | sed -n \"$((1 + $1 % 2000))p\")\"",
        "printf new > large/$1",
        "chmod $((600 + $1 % 8)) a/f2",
        "chmod $((700 + $1 % 8)) a/b",
        "mkdir -p deep/1/2/new$1/empty; printf x > deep/1/2/new$1/f",
        "touch empty",
        "rm -rf deep/1/2/3/4/5; mkdir -p deep/1/2/3/4/5; printf $1 > deep/1/2/3/4/5/z",
        "ln -sfn $1 links/to-a",
        "ln -f a/b/f1 links/again$1",
        "rm -f links/linked; ln a/f3 links/linked",
        "if [ -e 'x y' ]; then mv 'x y' moved; else mv moved 'x y'; fi",
        "rm -rf a/b/c; printf file > a/b/c; rm a/b/c; mkdir a/b/c; printf $1 > a/b/c/g",
        "setfattr -n user.x -v $1 a/b 2>/dev/null || true; setfattr -n user.x -v $1 a/f3 2>/dev/null || true",
        "true",
    ];

    private static async Task<string> RootAsync(TestBench bench, string snapshotId)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        IReadOnlyList<SnapshotState> all = await new SnapshotStore(repository, TimeProvider.System, null).ListAsync(static e => throw e, default);
        return all.Single(s => s.Record.Id == snapshotId).Record.Root;
    }

    [TreeTheory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task After_any_change_the_root_is_that_of_a_full(int seed)
    {
        var random = new Random(seed);
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync(Make, bench.Source);
        await bench.BackupAsync();
        for (int round = 0; round < 14; round++)
        {
            int changes = random.Next(0, 4);
            var script = new List<string>();
            for (int i = 0; i < changes; i++)
            {
                int which = random.Next(Mutations.Length);
                script.Add($"set -- {random.Next(10_000)}; {Mutations[which]}");
            }

            await Shell.RunAsync(string.Join("\n", script.Append("true")), bench.Source);
            BackupResult incremental = await bench.BackupAsync();
            BackupResult full = await bench.BackupAsync("Full");
            Assert.Equal("Incremental", incremental.Type);
            Assert.True(await RootAsync(bench, full.SnapshotId) == await RootAsync(bench, incremental.SnapshotId), $"seed {seed}, round {round}:\n{string.Join("\n", script)}");
            Assert.Equal((full.DirectoryCount, full.Bytes, full.FilesNew), (incremental.DirectoryCount, incremental.Bytes, incremental.FilesNew + incremental.FilesChanged + incremental.FilesUnchanged));
            if (changes == 0) Assert.Equal(0, incremental.FilesNew + incremental.FilesChanged + incremental.FilesRead);
        }

        Assert.Empty(bench.Faults);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
    }

    [Fact]
    public async Task A_new_name_of_an_owner_is_saved_although_no_item_has_changed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 5; i++) bench.Write($"d{i % 2}/f{i}", $"content {i}");
        bench.Hooks.UserName = static _ => "before";
        BackupResult first = await bench.BackupAsync();
        BackupResult same = await bench.BackupAsync();
        bench.Hooks.UserName = static _ => "behind";
        BackupResult renamed = await bench.BackupAsync();
        BackupResult full = await bench.BackupAsync("Full");
        Assert.Equal((5, 0), (renamed.FilesUnchanged, renamed.FilesRead));
        Assert.Equal(await RootAsync(bench, first.SnapshotId), await RootAsync(bench, same.SnapshotId));
        Assert.Equal(await RootAsync(bench, full.SnapshotId), await RootAsync(bench, renamed.SnapshotId));
        Assert.NotEqual(await RootAsync(bench, first.SnapshotId), await RootAsync(bench, renamed.SnapshotId));
    }

    [TreeFact]
    public async Task A_plan_of_a_source_that_is_as_it_was_opens_no_file_and_finds_nothing_to_do()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync(Make, bench.Source);
        BackupResult first = await bench.BackupAsync();
        bench.Hooks.Clear();
        BackupPlan plan = await bench.Engine.PlanBackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal((0, 0, 0, first.FilesNew, 0), (plan.FilesNew, plan.FilesChanged, plan.FilesRemoved, plan.FilesUnchanged, plan.FilesToRead));
        Assert.Empty(bench.Hooks.Opened);
    }

    [Fact]
    public async Task An_unchanged_folder_of_many_pages_is_not_stored_again_and_one_new_name_costs_a_page()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        // Some 2.5 MB of tree. Where pages are cut depends on the repository's key; no page is longer than 1 MiB.
        await Shell.RunAsync("for i in $(seq 10001 34000); do : > \"$i and a name of some length to fill a page with it\"; done", bench.Source);
        Assert.InRange((await bench.BackupAsync()).BytesAdded, 2 * 1024 * 1024, long.MaxValue);

        // The folders above the source change while tests run; their trees are small.
        Assert.InRange((await bench.BackupAsync()).BytesAdded, 0, 16 * 1024);
        bench.Write("13000 is new", "x");
        Assert.InRange((await bench.BackupAsync()).BytesAdded, 1, (1024 + 64) * 1024);
    }
}
