using BackupPS.Engine.Tests.Operations.Backup;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Targets whose own modes keep their owner out: who may change the modes may restore, and finds the modes as they belong afterwards.</summary>
public sealed class ClosedTargetTests(ClosedTargetTests.Target target) : IClassFixture<ClosedTargetTests.Target>
{
    // Of a folder: no writing, no passing, no listing, nothing. The snapshot has 550 for all.
    private const string Modes = "555 500 444 600 111 311 000";

    private static string Nobody => $"{OperationsChild.Nobody}:{OperationsChild.Nobody}";

    public static TheoryData<string> Ways => [.. from rule in new[] { "Never", "IfNewer", "IfChanged", "Always" } from place in Places select $"{rule} {place}"];

    private static string[] Places => ["", "inplace=yes extra=stays", "inplace=yes", "inplace=yes atonce=yes extra=stays", "inplace=yes atonce=yes"];

    [ToolTheory("setfattr")]
    [MemberData(nameof(Ways))]
    public async Task Each_mode_of_restore_comes_through_and_leaves_the_modes_as_they_belong(string way)
    {
        string name = await target.CopyAsync();
        Check(await RestoreAsync(name, way), way);
        await AssertRestoredAsync(name, way);
    }

    public static TheoryData<string> WaysToRepeat => [.. from rule in new[] { "Never", "Always" } from place in Places select $"{rule} {place}"];

    // After how many changes the process dies: while folders are opened and items are built, while they are replaced, and while what was opened is closed.
    [ToolTheory("setfattr")]
    [MemberData(nameof(WaysToRepeat))]
    public async Task What_a_restore_that_died_has_left_open_is_closed_by_the_next(string way)
    {
        int died = 0;
        foreach (int moment in new[] { 4, 400, 1000, 1700 })
        {
            string name = await target.CopyAsync();
            if ((await RestoreAsync(name, way, $"die={moment}")).Any(static l => l.StartsWith("result", StringComparison.Ordinal))) break;
            died++;
            Check(await RestoreAsync(name, way), way);
            await AssertRestoredAsync(name, way, hasDied: true);
        }

        Assert.True(died > 1, $"it died {died} times");
    }

    [ToolTheory("setfattr")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_restore_in_place_that_died_has_left_open_is_closed_when_it_is_ended(bool complete)
    {
        const string Way = "Always inplace=yes";
        int ended = 0;
        foreach (int moment in new[] { 400, 1000, 1400, 1700 })
        {
            string name = await target.CopyAsync();
            if ((await RestoreAsync(name, Way, $"die={moment}")).Any(static l => l.StartsWith("result", StringComparison.Ordinal))) break;
            IReadOnlyList<string> said = await target.RunAsync(["recover", $"to={name}", .. complete ? new[] { "complete=yes" } : []]);
            if (said.Any(static l => l.StartsWith("error RestoreNotFound", StringComparison.Ordinal))) continue;
            ended++;
            Assert.DoesNotContain(said, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
            Assert.Equal("", string.Join('\n', said.Where(static l => l.Contains("could not be closed", StringComparison.Ordinal))));
            target.AssertNoRecord();
            string now = await target.LookAsync(name);
            if (!complete) Assert.Equal(await target.LookAsync("prepared"), now);
            if (now != await target.LookAsync("prepared")) await AssertRestoredAsync(name, Way);
        }

        Assert.True(ended > 1, $"it was ended {ended} times");
    }

    [ToolTheory("setfattr")]
    [InlineData("555")]
    [InlineData("500")]
    [InlineData("600")]
    [InlineData("300")]
    [InlineData("000")]
    public async Task The_destination_itself_may_be_closed(string mode)
    {
        foreach (string place in Places)
        {
            string name = $"closed {mode} {place}";
            await target.ShellAsync($"mkdir '{name}'; chown {Nobody} '{name}'; chmod {mode} '{name}'");
            Check(await RestoreAsync(name, "Always " + place, "plan=yes"), "");
            Check(await RestoreAsync(name, "Always " + place), "Always");
            Assert.Equal(mode, (await target.ShellAsync($"stat -c %a '{name}'")).Trim().PadLeft(3, '0'));
            await target.ShellAsync($"chmod 755 '{name}'");
            await AssertRestoredAsync(name, "Always", extras: false);
        }
    }

    // The work folder lies in a folder that gets a mode in which it could not be deleted.
    [ToolTheory("setfattr")]
    [InlineData("inplace=yes")]
    [InlineData("inplace=yes atonce=yes")]
    public async Task A_folder_of_the_snapshot_that_holds_the_work_folder_is_closed_in_the_end(string place)
    {
        string name = await target.CopyAsync();
        string[] above = target.Bench.Source.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string way = name;
        await target.ShellAsync($"chown root '{way}'; chmod 755 '{way}'");
        foreach (string segment in above[..^1]) await target.ShellAsync($"chown root '{way += "/" + segment}'; chmod 755 '{way}'");
        await target.ShellAsync($"chmod 555 '{way}/{above[^1]}'; chmod 555 source");
        string id = (await target.Bench.BackupAsync()).SnapshotId;
        await target.ShellAsync($"chmod 755 source; chown -R {Nobody} vault home");
        Check(await RestoreAsync(name, $"Always {place}", $"snapshot={id}"), "Always");
        Assert.Equal("555", (await target.ShellAsync($"stat -c %a '{way}/{above[^1]}'")).Trim());
        Assert.Equal("", await target.ShellAsync($"find '{name}' -name '.backupps-*'"));
        target.AssertNoRecord();
    }

    [ToolTheory("setfattr")]
    [MemberData(nameof(Ways))]
    public async Task A_plan_looks_at_what_is_closed_without_a_fault_and_changes_nothing(string way)
    {
        string name = await target.CopyAsync(), before = await target.LookAsync(name);
        IReadOnlyList<string> said = await RestoreAsync(name, way, "plan=yes");
        Assert.Contains(said, static l => l.StartsWith("plan ", StringComparison.Ordinal));
        Check(said, "");
        Assert.Equal(before, await target.LookAsync(name));
    }

    [ToolTheory("setfattr")]
    [InlineData("", false)]
    [InlineData("inplace=yes extra=stays", false)]
    [InlineData("inplace=yes", true)]
    [InlineData("inplace=yes atonce=yes extra=stays", false)]
    [InlineData("inplace=yes atonce=yes", true)]
    public async Task A_closed_folder_in_the_place_of_a_file_gives_way(string place, bool full)
    {
        string name = await target.CopyAsync(), restored = target.Bench.Restored(name);
        await target.ShellAsync($"cd '{restored}'; for m in {Modes}; do rm -f d$m/same; mkdir d$m/same; {(full ? "touch d$m/same/x; mkdir d$m/same/y;" : "")} chown -R {Nobody} d$m/same; chmod -R $m d$m/same; done");
        Check(await RestoreAsync(name, "Always " + place), "Always");
        await AssertRestoredAsync(name, "Always " + place);
    }

    private Task<IReadOnlyList<string>> RestoreAsync(string name, string way, params string[] more)
    {
        string[] parts = way.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return target.RunAsync(["restore", $"to={name}", $"snapshot={target.SnapshotId}", $"overwrite={parts[0]}", .. parts[1..], .. more]);
    }

    private static void Check(IReadOnlyList<string> said, string way)
    {
        Assert.DoesNotContain(said, static l => l.StartsWith("fault", StringComparison.Ordinal) || l.StartsWith("error", StringComparison.Ordinal));
        if (way.Length > 0) Assert.Contains(said, l => l.StartsWith(way.StartsWith("Never", StringComparison.Ordinal) ? "result Incomplete" : "result Complete", StringComparison.Ordinal));
    }

    private async Task AssertRestoredAsync(string name, string way, bool extras = true, bool hasDied = false)
    {
        bool never = way.StartsWith("Never", StringComparison.Ordinal);
        var expected = (await target.LookAsync("wanted")).Split('\n').ToDictionary(static l => l.Split('\t')[0], StringComparer.Ordinal);
        foreach (string line in (await target.LookAsync("prepared")).Split('\n'))
        {
            string path = line.Split('\t')[0];
            bool extra = path.Contains("extra", StringComparison.Ordinal);

            // What was made in a folder is a change to it, and to nothing else that is left.
            bool trusted = path.EndsWith("/unreadable", StringComparison.Ordinal) && !way.StartsWith("Always", StringComparison.Ordinal);
            if (extra ? extras && (!way.Contains("inplace", StringComparison.Ordinal) || way.Contains("stays", StringComparison.Ordinal)) : never || trusted) expected[path] = line;
        }

        string[] now = [.. (await target.LookAsync(name)).Split('\n').Select(l => never ? Timeless(l) : l)];
        Assert.Equal(expected.Values.Select(l => never ? Timeless(l) : l).Order(StringComparer.Ordinal), now.Order(StringComparer.Ordinal));

        // A plain restore has no journal that would know the file that it died in.
        if (!hasDied || way.Contains("inplace", StringComparison.Ordinal)) Assert.Equal("", await target.ShellAsync($"find '{name}' -name '.backupps-*'"));
        target.AssertNoRecord();
    }

    private static string Timeless(string line) => line.Split('\t') is [var path, "d", var mode, _, .. var rest] ? string.Join('\t', [path, "d", mode, .. rest]) : line;

    /// <summary>A snapshot, and a target that was restored from it, changed and closed: made once, copied for each mode.</summary>
    public sealed class Target : IAsyncLifetime
    {
        private int copies;

        internal TestBench Bench { get; private set; } = null!;

        public string SnapshotId { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Assert.True(OperationsChild.IsRoot, "These tests run as root, which gives the files away.");
            Bench = await TestBench.CreateAsync();
            await Shell.RunAsync(
                $$"""
                for m in {{Modes}}; do
                    for d in d$m $(printf "d$m/s%s " {{Modes}}); do
                        mkdir $d; for f in missing changed same unreadable; do printf "$d/$f" > $d/$f; done; setfattr -n user.note -v note $d/changed $d/unreadable $d; chmod 444 $d/[mcs]*[deg]; chmod 0 $d/unreadable
                    done
                    mkdir d$m/gone; printf gone > d$m/gone/inner
                done
                find . -exec touch -d '2001-02-03 UTC' {} +; find . -mindepth 1 -type d -exec chmod 550 {} +
                """,
                Bench.Source);
            await ShellAsync($"chown -R {Nobody} source");
            SnapshotId = (await Bench.BackupAsync()).SnapshotId;
            await Bench.RestoreAsync(SnapshotId, "wanted");
            await ShellAsync("cp -a wanted prepared");
            await Shell.RunAsync(
                $$"""
                for m in {{Modes}}; do
                    for n in {{Modes}}; do
                        d=d$m/s$n; rm $d/missing; printf other! > $d/changed; touch -d '2000-01-01 UTC' $d/changed; setfattr -x user.note $d; setfattr -n user.other -v other $d/unreadable
                        printf x > $d/extra; mkdir $d/extras; printf x > $d/extras/inner; chown -R {{Nobody}} $d/extra*; chmod $n $d/extras $d
                    done
                    d=d$m; rm -r $d/missing $d/gone; printf other! > $d/changed; touch -d '2000-01-01 UTC' $d/changed; mkdir -p $d/extra/deep; printf x > $d/extra/deep/inner; chown -R {{Nobody}} $d/extra; chmod $m $d/extra/deep $d/extra $d
                done
                """,
                Bench.Restored("prepared"));
            await LimitedProcessTests.GiveToNobodyAsync(Bench, "true");
            await ShellAsync($"d=prepared; for n in . $(printf %s '{Bench.Source}' | tr / ' '); do d=$d/$n; chown {Nobody} $d; done");
        }

        public async Task DisposeAsync() => await Bench.DisposeAsync();

        /// <summary>One more target that is closed.</summary>
        public async Task<string> CopyAsync()
        {
            string name = $"out{++copies}";
            await ShellAsync($"cp -a prepared {name}");
            return name;
        }

        public Task<string> ShellAsync(string script) => Shell.RunAsync(script, Bench.Folder);

        /// <summary>Runs something by an account that is not root. A process that dies says nothing more.</summary>
        public async Task<IReadOnlyList<string>> RunAsync(string[] arguments)
        {
            string task = arguments.First(static a => !a.Contains('=', StringComparison.Ordinal));
            string[] options = [.. arguments.Where(a => a != task).Reverse().DistinctBy(static a => a.Split('=')[0]).Reverse()];
            (int code, string output, string error) = await ChildProcess.RunAsync(ChildProcess.CommandLine([OperationsChild.Task, Bench.Folder, task, $"as={OperationsChild.Nobody}", .. options]));
            Assert.True(code == 0 || options.Any(static o => o.StartsWith("die=", StringComparison.Ordinal)), error + output);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }

        /// <summary>All that is in the restored folder of a target: path, kind, mode, time, content, attributes.</summary>
        public async Task<string> LookAsync(string name)
        {
            string items = await Shell.RunAsync("find . -mindepth 1 ! -name '.backupps-*' -printf '%P\\t%y\\t%m\\t%T@\\t' \\( -type f -exec cat {} \\; , -printf '\\n' \\)", Bench.Restored(name));
            string attributes = await Shell.RunAsync("find . -mindepth 1 | xargs getfattr -m user -d | awk '/^# file/ { f = $3 } /^user/ { print f, $0 }'", Bench.Restored(name));
            ILookup<string, string> known = attributes.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToLookup(static l => l.Split(' ')[0], static l => l.Split(' ', 2)[1]);
            return string.Join('\n', items.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => $"{l}\t{string.Join(',', known[l.Split('\t')[0]].Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal));
        }

        public void AssertNoRecord()
        {
            string records = Bench["home/opened"];
            Assert.Equal("", string.Join('\n', (Directory.Exists(records) ? Directory.GetFiles(records) : []).Select(static f => File.ReadAllText(f).Replace('\0', '\n'))));
        }
    }
}
