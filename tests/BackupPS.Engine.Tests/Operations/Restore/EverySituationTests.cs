using System.Globalization;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>
/// Each mode of restore over each situation of a target, by construction: a restore is Complete exactly where the target is then as the snapshot has
/// it, and what is not is named.
/// </summary>
public sealed class EverySituationTests(EverySituationTests.Target target) : IClassFixture<EverySituationTests.Target>
{
    // What somebody has made of a folder that was restored, in it. Names that begin with "trusted" have other content of the same size and time.
    private static readonly string[] Situations =
    [
        "true",
        "rm file", "rm -r folder", "rm link", "rm fifo", "rm -r *",
        "printf older > file; touch -d 2000-01-01 file", "printf newer > file", "printf longer-than-it-was > file; touch -r ../ref file", "touch file",
        "rm file; ln -s folder file", "rm file; ln -s /dev/null file", "rm file; mkfifo file", "rm file; mkdir file", "rm file; mkdir file; touch file/full",
        "rm -r folder; printf x > folder", "rm -r folder; ln -s ../outside folder", "rm -r folder; mkfifo folder", "rm -r folder/sub; printf x > folder/sub",
        "rm link; ln -s elsewhere link", "rm link; printf x > link", "rm link; mkdir link", "rm link; mkdir link; touch link/full", "rm link; mkfifo link",
        "rm fifo; printf x > fifo", "rm fifo; ln -s file fifo", "rm fifo; mkdir fifo",
        "printf CONTENT > trusted; touch -r ../ref trusted", "printf DEEPER! > folder/sub/trusted; touch -r ../ref folder/sub/trusted",
        "rm one", "rm two", "rm three", "rm one two", "rm one three",
        "rm one; cp -p two one", "rm three; cp -p two three", "for n in one two three; do cp -p $n t; mv t $n; done", "rm two; cp -p one two; rm three",
        "rm two; printf other > two", "printf other > one", "rm two; printf other > two; rm one", "rm one; printf other > one; touch -r ../ref one; rm three", "rm two; ln -s one two", "rm one; mkdir one",
        "rm single; ln one single", "rm single same; ln file single; ln single same", "rm same; ln single same", "ln single ../outside/single", "ln one ../outside/one; rm one",
        "ln trusted ../outside/trusted; rm file; ln trusted file",
    ];

    public static TheoryData<string, bool> Modes
    {
        get
        {
            var modes = new TheoryData<string, bool>();
            foreach (string way in new[] { "", "InPlace", "InPlace NoRollback", "InPlace DeleteExtra", "InPlace NoRollback DeleteExtra" })
            {
                foreach (string rule in new[] { "Never", "IfNewer", "IfChanged", "Always" })
                {
                    modes.Add($"{rule} {way}", false);
                    modes.Add($"{rule} {way}", true);
                }
            }

            return modes;
        }
    }

    [TreeTheory]
    [MemberData(nameof(Modes))]
    public async Task A_restore_is_complete_exactly_where_the_target_is_as_the_snapshot_has_it(string mode, bool verify)
    {
        TestBench bench = target.Bench;
        string name = $"out {mode} {verify}", restored = bench.Restored(name);
        await Shell.RunAsync($"cp -a prepared '{name}'", bench.Folder);
        Func<RestoreRequest, RestoreRequest> change = r => r with
        {
            Overwrite = mode.Split(' ')[0],
            InPlace = mode.Contains("InPlace", StringComparison.Ordinal),
            NoRollback = mode.Contains("NoRollback", StringComparison.Ordinal),
            DeleteExtra = mode.Contains("DeleteExtra", StringComparison.Ordinal),
            Verify = verify,
        };
        bench.ForgetFaults();
        RestoreResult result = await bench.RestoreAsync(target.SnapshotId, name, change);

        Dictionary<string, string> wanted = await LookAsync(bench.Source), there = await LookAsync(restored);
        HashSet<string> named = [.. result.Different.Select(d => d[(bench.Source.Length + 1)..d.IndexOf(": ", StringComparison.Ordinal)]), .. bench.Faults.Select(f => f.Path[(bench.Source.Length + 1)..])];
        var differ = wanted.Where(w => there.GetValueOrDefault(w.Key) != w.Value).Select(static w => w.Key).ToHashSet(StringComparer.Ordinal);
        if (!verify && !mode.StartsWith("Always", StringComparison.Ordinal)) differ.RemoveWhere(p => p.EndsWith("trusted", StringComparison.Ordinal) && there.ContainsKey(p));

        // Of names that are one file, one says it for all; and a folder says it for what is in it.
        string Explain(string path) => $"{path} ({SituationOf(path)}): {wanted.GetValueOrDefault(path)} <> {there.GetValueOrDefault(path)}";
        bool IsTold(string path) => named.Contains(path) || named.Any(n => path.StartsWith(n + "/", StringComparison.Ordinal));
        bool IsNamed(string path) => IsTold(path) || (IsOfGroup(path) && wanted.Keys.Any(w => w.StartsWith(path[..(path.IndexOf('/', StringComparison.Ordinal) + 1)], StringComparison.Ordinal) && IsOfGroup(w) && IsTold(w)));
        Assert.Equal("", string.Join('\n', differ.Where(p => !IsNamed(p)).Select(p => "not named: " + Explain(p))));
        Assert.Equal("", string.Join('\n', named.Where(n => !differ.Contains(n) && !differ.Any(d => d.StartsWith(n + "/", StringComparison.Ordinal)) && !IsOfGroup(n)).Select(n => "named, but the same: " + Explain(n))));
        Assert.Equal(differ.Count == 0 ? "Complete" : "Incomplete", result.Status);
        Assert.Equal(verify && differ.Count == 0, result.Verified);
        Assert.Equal(result.FilesDifferent, result.Different.Length);

        // The rules that replace leave only folders with something in them, which only -DeleteExtra deletes.
        if (mode.StartsWith("Always", StringComparison.Ordinal) || (mode.StartsWith("IfChanged", StringComparison.Ordinal) && !verify))
        {
            Assert.Equal(mode.Contains("DeleteExtra", StringComparison.Ordinal) ? [] : Situations.Select(static (s, i) => (s, i)).Where(static p => p.s.Contains("/full", StringComparison.Ordinal)).Select(static p => $"s{p.i + 1}/{(p.s.Contains("file", StringComparison.Ordinal) ? "file" : "link")}"), differ.Order(StringComparer.Ordinal));
        }

        if (mode.Contains("DeleteExtra", StringComparison.Ordinal)) return;
        Assert.Equal("outside", TestBench.Read(restored + "/outside/file"));
        Assert.Equal("", await Shell.RunAsync("find . -name '.backupps-*'", restored));
    }

    private static string SituationOf(string path) => Situations[int.Parse(path[1..path.IndexOf('/', StringComparison.Ordinal)], CultureInfo.InvariantCulture) - 1];

    // Those that are one file in the snapshot, and those that somebody has made one.
    private static bool IsOfGroup(string path) => Path.GetFileName(path) is "one" or "two" or "three" || SituationOf(path).Replace("ln -s", "", StringComparison.Ordinal).Contains("ln ", StringComparison.Ordinal);

    // What counts of each item: kind, size, time, target, content, and the names that are one file with it.
    private static async Task<Dictionary<string, string>> LookAsync(string folder)
    {
        var items = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        string listing = await Shell.RunAsync(@"find s* -type d -printf '%p\td\t\n' -o -printf '%p\t%y %s %T@ %l\t%i\n' | sort", folder);
        string[][] rows = [.. listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => l.Split('\t'))];
        foreach (string[] row in rows.Where(static r => r[2].Length > 0))
        {
            if (!names.TryGetValue(row[2], out List<string>? same)) names.Add(row[2], same = []);
            same.Add(row[0]);
        }

        foreach (string[] row in rows)
        {
            string content = row[1][0] == 'f' ? TestBench.Read(Path.Join(folder, row[0])) : "";
            items.Add(row[0], $"{row[1]} {content} {(row[2].Length > 0 ? string.Join(',', names[row[2]]) : "")}");
        }

        return items;
    }

    /// <summary>A snapshot, and a target that was restored from it and then changed: made once, copied for each mode.</summary>
    public sealed class Target : IAsyncLifetime
    {
        internal TestBench Bench { get; private set; } = null!;

        internal string SnapshotId { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Bench = await TestBench.CreateAsync();
            if (OperatingSystem.IsWindows()) return;
            await Shell.RunAsync(
                $$"""
                mkdir -p s1/folder/sub; cd s1
                printf content > file; printf inside. > folder/file; printf deeper. > folder/sub/trusted; ln -s file link; mkfifo fifo
                printf content > trusted; printf content > single; printf content > same; printf content > one; ln one two; ln one folder/three; ln one three
                cd ..; for i in {2..{{Situations.Length}}}; do cp -a s1 s$i; done
                find . ! -type d -exec touch -h -d '2001-02-03 04:05:06.789012345 UTC' {} +
                """,
                Bench.Source);
            SnapshotId = (await Bench.BackupAsync()).SnapshotId;
            await Bench.RestoreAsync(SnapshotId, "prepared");
            await Shell.RunAsync("mkdir outside; printf outside > outside/file; touch -r s1/file ref\n" + string.Join('\n', Situations.Select(static (s, i) => $"( cd s{i + 1}; {s} )")), Bench.Restored("prepared"));
        }

        public async Task DisposeAsync() => await Bench.DisposeAsync();
    }
}
