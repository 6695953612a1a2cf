using System.Globalization;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A process with little memory, few open files, or few rights.</summary>
public sealed class LimitedProcessTests
{
    // Bounded is what counts here: the sources are larger. The benchmark holds the release build to the 150 MB of DESIGN section 9.
    private const int MemoryLimit = 320;

    [Fact]
    public async Task Large_files_go_through_in_bounded_memory()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "Auto");
        await Shell.RunAsync("head -c 400000000 /dev/zero > zeros; head -c 100000000 /dev/urandom > random; truncate -s 4T hole; printf end | dd of=hole bs=1 seek=4000000000000 conv=notrunc status=none", bench.Source);
        IReadOnlyList<string> backup = await OperationsChild.RunAsync(bench, "backup");
        Assert.Equal("Complete", Result(backup)[1]);
        Assert.InRange(Memory(backup), 1, MemoryLimit);
        IReadOnlyList<string> restore = await OperationsChild.RunAsync(bench, "restore", $"snapshot={Result(backup)[2]}");
        Assert.Equal(["result", "Complete", "3"], Result(restore));
        Assert.InRange(Memory(restore), 1, MemoryLimit);
        IReadOnlyList<string> verify = await OperationsChild.RunAsync(bench, "verify");
        Assert.Equal("Passed", Result(verify)[1]);
        Assert.InRange(Memory(verify), 1, MemoryLimit);
        string compared = await Shell.RunAsync($"cmp source/zeros '{bench.Restored("out")}/zeros'; cmp source/random '{bench.Restored("out")}/random'; stat -c '%s %b' source/hole; stat -c '%s %b' '{bench.Restored("out")}/hole'", bench.Folder);
        string[] sizes = compared.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(sizes[0], sizes[1]);
    }

    [Fact]
    public async Task Many_small_folders_need_few_open_files()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("for i in {1..3000}; do mkdir d$i; printf $i > d$i/f; done", bench.Source);
        IReadOnlyList<string> backup = await OperationsChild.RunAsync(bench, "backup", "files=1024");
        Assert.DoesNotContain(backup, static l => l.StartsWith("fault", StringComparison.Ordinal));
        Assert.Equal(["Complete", "new=3000", "read=3000"], [Result(backup)[1], .. Result(backup)[3..]]);
        IReadOnlyList<string> restore = await OperationsChild.RunAsync(bench, "restore", $"snapshot={Result(backup)[2]}", "files=1024");
        Assert.Equal(["result", "Complete", "3000"], Result(restore));
    }

    [Fact]
    public async Task A_deep_tree_is_saved_and_restored()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("p=; for i in {1..800}; do p=${p}d/; done; mkdir -p $p; p=; for i in {1..800}; do printf x > ${p}f; p=${p}d/; done", bench.Source);
        IReadOnlyList<string> backup = await OperationsChild.RunAsync(bench, "backup", "files=1024");
        Assert.Equal(["Complete", "new=800"], [Result(backup)[1], Result(backup)[3]]);
        IReadOnlyList<string> restore = await OperationsChild.RunAsync(bench, "restore", $"snapshot={Result(backup)[2]}", "files=1024");
        Assert.Equal(["result", "Complete", "800"], Result(restore));
        Assert.Equal("Passed", Result(await OperationsChild.RunAsync(bench, "verify", "level=Restore"))[1]);
    }

    [Fact]
    public async Task A_tree_deeper_than_the_limit_of_handles_costs_nothing_beside_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("mkdir aa zz; for i in {1..60}; do printf $i > aa/$i; printf $i > zz/$i; done; mkdir mm; cd mm; for i in {1..900}; do mkdir e; cd -P e; done; printf bottom > bottom", bench.Source);
        IReadOnlyList<string> backup = await OperationsChild.RunAsync(bench, "backup", "files=300");
        Assert.Equal(["Complete", "new=121"], [Result(backup)[1], Result(backup)[3]]);
        IReadOnlyList<string> restore = await OperationsChild.RunAsync(bench, "restore", $"snapshot={Result(backup)[2]}", "files=300");
        Assert.Equal(["result", "Complete", "121"], Result(restore));
        Assert.Equal("900", (await Shell.RunAsync($"cd '{bench.Restored("out", "mm")}'; n=0; while cd -P e 2>/dev/null; do n=$((n+1)); done; printf $n", "/")).Trim());
    }

    [Fact]
    public async Task What_an_account_may_not_read_is_a_fault_and_the_rest_is_saved()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("open/file", "everybody");
        bench.Write("closed-file", "nobody");
        bench.Write("closed-folder/file", "nobody");
        bench.Write("unlisted/file", "nobody");
        await GiveToNobodyAsync(bench, "chmod 0 source/closed-file source/closed-folder; chmod 0111 source/unlisted");
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, "backup", $"as={OperationsChild.Nobody}");
        Assert.Equal(["Incomplete", "new=2", "read=1"], [Result(said)[1], .. Result(said)[3..]]);
        Assert.Equal(
            new[] { "closed-file", "closed-folder", "unlisted" }.Select(n => $"fault AccessDenied {bench.Source}/{n}"),
            said.Where(static l => l.StartsWith("fault", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_can_be_passed_and_not_listed_leads_to_its_sources()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("walled/inner/file", "content");
        await GiveToNobodyAsync(bench, "chmod 0111 source/walled");
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, "backup", $"as={OperationsChild.Nobody}", $"source={bench.Source}/walled/inner");
        Assert.Equal(["result", "Complete"], Result(said)[..2]);
        await bench.RestoreAsync(Result(said)[2], "out");
        Assert.Equal("content", TestBench.Read(bench.Restored("out", "walled/inner/file")));
        Assert.Equal("111", (await Shell.RunAsync($"stat -c %a '{bench.Restored("out", "walled")}'", "/")).Trim());
    }

    /// <summary>Gives repository, home and key to the account that has no rights, so that it can run the engine.</summary>
    internal static Task<string> GiveToNobodyAsync(TestBench bench, string script = "") =>
        Shell.RunAsync($"{(OperationsChild.IsRoot ? $"chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} vault home key; chown {OperationsChild.Nobody} .; " : "")}{script}", bench.Folder);

    internal static string[] Result(IReadOnlyList<string> said) => said.Single(static l => l.StartsWith("result", StringComparison.Ordinal)).Split(' ');

    private static int Memory(IReadOnlyList<string> said) => int.Parse(said.Single(static l => l.StartsWith("memory", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
}
