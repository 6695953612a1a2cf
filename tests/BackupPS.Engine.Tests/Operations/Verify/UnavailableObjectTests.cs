using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>Every kind of object, in every way that it cannot be had, under every command that reads: the command ends and names it, and whoever does not need it works.</summary>
public sealed class UnavailableObjectTests
{
    private const string Data = "packs (data)", Trees = "packs (trees)", Config = "repository.json", Keys = "keys", Indexes = "index", Snapshots = "snapshots", Notes = "notes", Removals = "removed", Sessions = "sessions", Retired = "retired", Swept = "swept";

    private static readonly string[] Ways = ["absent", "empty", "truncated", "flipped", "I/O error", "denied", "folder", "folder with a file", "dangling link", "link", "fifo", "socket"];

    // What only a verification of the content comes to in any case.
    private static readonly string[] InContent = ["flipped", "I/O error", "denied"];

    public static TheoryData<string> Kinds => [Config, Keys, Data, Trees, Indexes, Snapshots, Notes, Removals, Sessions, Retired, Swept];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_command_ends_names_what_it_cannot_read_and_works_where_it_can_do_without(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        await using DamagedRepository repository = await DamagedRepository.CreateAsync("Brotli");
        string name = await FindAsync(repository, kind);
        int number = 0;
        foreach (string way in Ways)
        {
            foreach ((string command, string[] needs, Func<Attempt, Task> run) in Commands)
            {
                string vault = Directory.CreateDirectory(repository[$"case{++number}"]).FullName;
                await WriteAsync(repository.Image, vault, name, way);
                var stores = new List<FolderObjectStore>();
                await using BackupEngine engine = repository.Engine(() => Open(vault, name, way, stores));
                var attempt = new Attempt(engine, repository, repository[$"out{number}"]);
                bool worked = await attempt.RunAsync(run);
                foreach (FolderObjectStore store in stores) await store.DisposeAsync();
                string what = $"{command}, {name} {way}: {string.Join(" | ", attempt.Texts)}";
                Assert.True(worked || needs.Contains(kind), $"It was not needed. {what}");
                Assert.True(worked || attempt.Names(name) || (way == "absent" && (kind == Config || attempt.Names("BlobMissing") || attempt.Names(name.Split('/')[0]))), $"Not named. {what}");
                Assert.True(command != "list snapshots" || way == "absent" || kind != Snapshots || attempt.Names(name), $"Not named. {what}");
                if (command.StartsWith("verify", StringComparison.Ordinal) && way != "absent" && kind is not (Config or Keys))
                {
                    bool found = attempt.Report!.Status == "Failed" && attempt.Report.DamagedObject.Contains(name);
                    Assert.True(found || (command != "verify Data" && kind == Data && InContent.Contains(way)), $"Not found: {attempt.Report.Status}. {what}");
                }

                Directory.Delete(vault, recursive: true);
                if (Directory.Exists(attempt.Destination)) Directory.Delete(attempt.Destination, recursive: true);
            }
        }
    }

    // Each with the kinds of object that it may fail for want of. What deletes may refuse whatever it cannot read.
    private static IEnumerable<(string Command, string[] Needs, Func<Attempt, Task> Run)> Commands =>
    [
        ("get repository", [Config], a => a.Engine.GetRepositoryAsync(a.Vault, default)),
        ("list snapshots", [Config, Keys], async a =>
        {
            int count = 0;
            await foreach (BackupSnapshot _ in a.Engine.GetSnapshotsAsync(new SnapshotQuery { Repository = a.Vault }, a.Callbacks, default)) count++;
            Assert.InRange(count, 1, 2);
        }),
        ("list items", [Config, Keys, Trees], async a =>
        {
            int count = 0;
            await foreach (BackupItem _ in a.Engine.GetItemsAsync(new ItemQuery { Repository = a.Vault, SnapshotId = a.Second, Recurse = true }, default)) count++;
            Assert.True(count > 3);
        }),
        ("find items", [Config, Keys, Trees], async a =>
        {
            int count = 0;
            await foreach (BackupItem _ in a.Engine.FindItemsAsync(new ItemSearchQuery { Repository = a.Vault, Name = ["**/new"] }, a.Callbacks, default)) count++;
            Assert.Equal(1, count);
        }),
        ("read content", [Config, Keys, Trees, Data], async a =>
        {
            foreach (string file in a.Files.Keys)
            {
                await using Stream content = await a.Engine.OpenContentAsync(new ContentQuery { Repository = a.Vault, SnapshotId = a.Second, Path = file }, default);
                using var reader = new StreamReader(content);
                Assert.Equal(a.Files[file], await reader.ReadToEndAsync());
            }
        }),
        ("compare", [Config, Keys, Trees], async a =>
        {
            await foreach (BackupItemChange _ in a.Engine.CompareAsync(new CompareQuery { Repository = a.Vault, ReferenceId = a.Second }, a.Callbacks, default))
            {
            }
        }),
        ("measure", [Config, Keys, Trees, Data, Indexes, Retired, Swept], async a =>
        {
            int count = 0;
            await foreach (BackupSnapshotSize _ in a.Engine.MeasureSnapshotsAsync(new MeasureQuery { Repository = a.Vault, SnapshotId = [a.Second] }, a.Callbacks, default)) count++;
            Assert.Equal(1, count);
        }),
        ("plan restore", [Config, Keys, Trees], a => a.Engine.PlanRestoreAsync(a.Restore, a.Callbacks, default)),
        ("restore", [Config, Keys, Trees], async a =>
        {
            RestoreResult result = await a.Engine.RestoreAsync(a.Restore, a.Callbacks, default);
            string[] restored = Directory.Exists(a.Destination) ? Directory.GetFiles(a.Destination, "*", SearchOption.AllDirectories) : [];
            foreach (string path in restored) Assert.Equal(a.Files[path[a.Destination.Length..]], TestBench.Read(path));
            if (a.Faults > 0 && restored.Length == 0) throw new BackupException(BackupError.ObjectDamaged, string.Join(" ", result.Faults));
            Assert.Equal((a.Faults == 0 ? "Complete" : "Incomplete", a.Faults == 0), (result.Status, restored.Length == a.Files.Count));
        }),
        ("verify Structure", [Config, Keys], a => a.VerifyAsync("Structure")),
        ("verify Data", [Config, Keys], a => a.VerifyAsync("Data")),
        ("verify Restore", [Config, Keys], a => a.VerifyAsync("Restore")),
        ("plan backup", [Config, Keys, Retired, Swept], a => a.Engine.PlanBackupAsync(a.Backup, a.Callbacks, default)),
        ("back up", [Config, Keys, Retired, Swept], async a =>
        {
            // One that finds that it has relied on damage says so.
            BackupResult result = await a.Engine.BackupAsync(a.Backup, a.Callbacks, default);
            Assert.Equal(a.Faults == 0 ? "Complete" : "Incomplete", result.Status);
            Assert.All(result.Faults, static f => Assert.StartsWith("ObjectDamaged: packs/", f, StringComparison.Ordinal));
        }),
        ("back up with proof", [Config, Keys, Retired, Swept], async a =>
        {
            BackupResult result = await a.Engine.BackupAsync(a.Backup with { VerifyStored = true, Type = "Full" }, a.Callbacks, default);
            Assert.Equal("Complete", result.Status);
            RestoreResult restored = await a.Engine.RestoreAsync(a.Restore with { SnapshotId = result.SnapshotId }, a.Callbacks, default);
            Assert.Equal(("Complete", 3), (restored.Status, restored.FilesRestored));
        }),
        ("tag a snapshot", [Config, Keys], a => a.Engine.UpdateSnapshotAsync(a.Vault, a.Second, ["other"], null, null, default)),
        ("plan optimization", [Config, Keys, Data, Trees, Indexes, Snapshots, Notes, Removals, Sessions, Retired, Swept], a => a.Engine.PlanOptimizeAsync(new OptimizeRequest { Repository = a.Vault }, a.Callbacks, default)),
        ("optimize", [Config, Keys, Data, Trees, Indexes, Snapshots, Notes, Removals, Sessions, Retired, Swept], a => a.Engine.OptimizeAsync(new OptimizeRequest { Repository = a.Vault, FenceSessions = true }, a.Callbacks, default)),
    ];

    private static async Task<string> FindAsync(DamagedRepository repository, string kind)
    {
        StoreImage image = repository.Image;
        if (kind is Data or Trees)
        {
            Repository opened = await repository.OpenAsync(image.ToStore());
            BlobIndex index = await IndexLoader.LoadAsync(opened, new HashSet<string>(), onDamage: null, default);
            return RepositoryLayout.Pack(index.Packs.First(p => p.Kind == (kind == Data ? BlobKind.Data : BlobKind.Tree)).Name);
        }

        return kind switch
        {
            Config => Config,
            Snapshots => RepositoryLayout.Snapshot(repository.Snapshots.Keys.First()),
            Swept => image.Names("retired/").Single(static n => n.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal)),
            Retired => image.Names("retired/").Single(static n => !n.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal)),
            _ => image.Names(kind + "/")[0],
        };
    }

    private static async Task WriteAsync(StoreImage image, string vault, string name, string way)
    {
        foreach ((string other, byte[] content) in image.Objects)
        {
            string path = Path.Join(vault, other);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (other != name || way is "I/O error" or "denied") await File.WriteAllBytesAsync(path, content);
        }

        string place = Path.Join(vault, name);
        byte[] whole = image.Objects[name];
        switch (way)
        {
            case "empty":
                await File.WriteAllBytesAsync(place, []);
                break;
            case "truncated":
                await File.WriteAllBytesAsync(place, whole[..(whole.Length / 2)]);
                break;
            case "flipped":
                await File.WriteAllBytesAsync(place, [.. whole.Select(static (b, i) => i > 8 && i % 5 == 0 ? (byte)(b ^ 1) : b)]);
                break;
            case "folder" or "folder with a file":
                Directory.CreateDirectory(place);
                if (way != "folder") await File.WriteAllTextAsync(Path.Join(place, "inside"), "");
                break;
            case "dangling link":
                File.CreateSymbolicLink(place, "/nowhere/at/all");
                break;
            case "link":
                string elsewhere = vault + ".elsewhere";
                await File.WriteAllBytesAsync(elsewhere, whole);
                File.CreateSymbolicLink(place, elsewhere);
                break;
            case "fifo":
                await Shell.RunAsync($"mkfifo '{place}'", vault);
                break;
            case "socket":
                // Bound in its folder: a path of a socket has 108 bytes at most.
                using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
                {
                    string bound = Path.Join(Path.GetDirectoryName(vault)!, "s");
                    socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(bound));
                    File.Move(bound, place);
                }

                break;
        }
    }

    // Root may read everything, and a disk does not fail on demand: these two are what the store makes of the system's answer.
    private static IObjectStore Open(string vault, string name, string way, List<FolderObjectStore> stores)
    {
        FolderObjectStore store = FolderObjectStore.Open(vault);
        stores.Add(store);
        if (way is not ("I/O error" or "denied")) return store;
        var answer = new StoreException(way == "denied" ? StoreFailure.Denied : StoreFailure.Damaged, "Injected.");
        return new FaultyObjectStore(store, call => call.Operation is StoreOperation.Get or StoreOperation.Read && call.Name == name ? FaultAction.FailBefore(UnavailableObject.Unreadable(name, answer)) : FaultAction.None);
    }

    /// <summary>One command over one repository, and all that it says.</summary>
    private sealed class Attempt(BackupEngine engine, DamagedRepository repository, string destination)
    {
        private readonly List<string> texts = [];
        private int faults;

        public BackupEngine Engine => engine;

        public string Vault => repository.Vault;

        public string Second => repository.Snapshots.Keys.Last();

        public IReadOnlyDictionary<string, string> Files => repository.Snapshots[Second];

        public string Destination => destination;

        public int Faults => Volatile.Read(ref faults);

        public IntegrityReport? Report { get; private set; }

        public RestoreRequest Restore => new() { Repository = Vault, SnapshotId = Second, Destination = destination };

        public BackupRequest Backup => new() { Source = [repository.Source], Repository = Vault };

        public IReadOnlyList<string> Texts
        {
            get
            {
                lock (texts) return [.. texts];
            }
        }

        public RunCallbacks Callbacks => new()
        {
            OnFault = fault =>
            {
                Interlocked.Increment(ref faults);
                Add(fault.ToString());
            },
            OnWarning = Add,
        };

        public async Task VerifyAsync(string level)
        {
            Directory.CreateDirectory(destination);
            Report = await engine.VerifyAsync(new VerifyRequest { Repository = Vault, Level = level, WorkPath = destination }, Callbacks, default);
        }

        public bool Names(string name) => Texts.Any(t => t.Contains(name, StringComparison.Ordinal));

        /// <returns>Whether it came to its end.</returns>
        public async Task<bool> RunAsync(Func<Attempt, Task> command)
        {
            try
            {
                await Task.Run(() => command(this)).WaitAsync(TimeSpan.FromSeconds(60));
                return true;
            }
            catch (BackupException e)
            {
                Assert.NotEqual("InternalError", e.Error.Id);
                Add($"{e.Error.Id}: {e.Target}: {e.Message}");
                return false;
            }
        }

        private void Add(string text)
        {
            lock (texts) texts.Add(text);
        }
    }
}
