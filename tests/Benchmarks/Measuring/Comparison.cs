using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Peers;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>
/// All operations on one data set. In each round the peers take turns; each process finds what it reads in the page cache, and nothing dirty
/// in it that is not its own. Making a repository, clearing a target and setting a repository back are not timed.
/// </summary>
internal sealed class Comparison(IDataSet dataSet, DataFolder data, string work, IReadOnlyList<IPeer> peers, IReadOnlySet<Operation> operations, int rounds, bool check)
{
    // Longer than the 2 s within which our own backup, and borg's by another rule, distrust a file's times.
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(3);

    private readonly RestoreTargets targets = new(Path.Combine(work, "targets"));
    private readonly string log = Path.Combine(work, "log");
    private readonly Dictionary<IPeer, PeerState> states = peers.ToDictionary(static p => p, p => new PeerState(Path.Combine(work, "state-" + p.Name.Replace(' ', '-'))));
    private readonly Dictionary<IPeer, string> snapshots = [];
    private readonly SecretFiles secrets = SecretFiles.Create(work);
    private Action<Sample> record = static _ => { };
    private string source = "";
    private string target = "";
    private long files;
    private string oneFile = "";

    /// <param name="describe">Takes the size of the data set.</param>
    /// <param name="sample">Takes each sample as it is made.</param>
    public async Task RunAsync(Action<DataSetSize> describe, Action<Sample> sample)
    {
        record = sample;
        PrepareSource();
        DataSetSize size = DataSetSize.Measure(dataSet.Name, dataSet.Title, source);
        files = size.Files;
        describe(size);
        Console.WriteLine($"{size.Title}: {size.Files:n0} files, {size.Bytes:n0} bytes");
        try
        {
            await FirstAsync();
            RunAll(Operation.Unchanged);
            RunAll(Operation.Verify);
            RunAll(Operation.Restore);
            if (oneFile.Length > 0) RunAll(Operation.RestoreOne);
            RunAll(Operation.List);
            if (dataSet.Changes && operations.Contains(Operation.Changed)) Changed();
        }
        finally
        {
            foreach (PeerState state in states.Values) state.Delete();
            targets.Clear();
            if (dataSet.Changes) PeerState.Remove(source);
        }
    }

    private void PrepareSource()
    {
        source = data.Ensure(dataSet);
        if (dataSet.Changes)
        {
            string copy = Path.Combine(work, "source");
            PeerState.Remove(copy);
            ProcessRunner.Run(new Launch("cp", "-a", source, copy));
            source = copy;
        }

        // One that is neither the first nor the last that a walk comes to; a set of a single file has none.
        IReadOnlyList<string> files = TreeWalk.Files(source);
        oneFile = files.Count > 1 ? files[files.Count / 2] : "";
        Settle();
    }

    private async Task FirstAsync()
    {
        bool timed = operations.Contains(Operation.First);
        for (int round = 1; round <= (timed ? rounds : 1); round++)
        {
            if (timed) MeasureHost(Operation.First, round);
            foreach (IPeer peer in peers)
            {
                // One that this operation is not measured for needs a first backup all the same, once.
                bool measured = timed && peer.Operations.Contains(Operation.First);
                if (!measured && round > 1) continue;
                states[peer].Clear();
                await peer.CreateRepositoryAsync(Work(peer));
                Backup(peer, Operation.First, round, measured);
            }
        }
    }

    private void RunAll(Operation operation)
    {
        if (!operations.Contains(operation)) return;
        for (int round = 1; round <= rounds; round++)
        {
            MeasureHost(operation, round);
            foreach (IPeer peer in peers.Where(p => p.Operations.Contains(operation)))
            {
                if (operation == Operation.Unchanged) Backup(peer, operation, round, measured: true);
                else Read(peer, operation, round);
            }
        }
    }

    private void Changed()
    {
        IPeer[] changing = [.. peers.Where(static p => p.Operations.Contains(Operation.Changed))];
        foreach (IPeer peer in changing) states[peer].Save();
        dataSet.Change(source, data.Origin);
        Settle();
        var before = new Dictionary<IPeer, string>(snapshots);
        for (int round = 1; round <= rounds; round++)
        {
            MeasureHost(Operation.Changed, round);
            foreach (IPeer peer in changing)
            {
                states[peer].Reset();
                snapshots[peer] = before[peer];
                Backup(peer, Operation.Changed, round, measured: true);
            }
        }

        if (!check) return;
        foreach (IPeer peer in changing)
        {
            target = targets.Next(files);
            Run(peer, Operation.Restore);
            RestoredTree.Compare(source, target, peer.Name);
        }
    }

    private void Backup(IPeer peer, Operation operation, int round, bool measured)
    {
        string snapshot = $"{operation.Name()}-{round}";
        string repository = Work(peer).Repository;
        long before = FolderSize.Of(repository);
        Measurement measurement = Run(peer, operation, snapshot);
        snapshots[peer] = snapshot;
        if (!measured) return;
        long after = FolderSize.Of(repository);
        Record(operation, peer.Name, round, measurement, after, after - before);
    }

    private void Read(IPeer peer, Operation operation, int round)
    {
        target = targets.Next(operation == Operation.Restore ? files : 1);
        Record(operation, peer.Name, round, Run(peer, operation), null, null);
        if (!check || round > 1) return;
        if (operation == Operation.Restore) RestoredTree.Compare(source, target, peer.Name);
        if (operation == Operation.RestoreOne && !File.ReadAllBytes(target + oneFile).AsSpan().SequenceEqual(File.ReadAllBytes(oneFile)))
        {
            throw new BenchmarkException($"What {peer.Name} restored of {oneFile} differs from what it saved.");
        }
    }

    private Measurement Run(IPeer peer, Operation operation, string newSnapshot = "")
    {
        Launch launch = peer.Launch(operation, Work(peer) with { NewSnapshot = newSnapshot }) with { Output = log };
        FreeMemory.Provide();
        Warm(peer, operation);
        LinuxProcess.Sync();
        FreeMemory.Touch();
        Measurement measurement = ProcessRunner.Measure(launch);
        return measurement.ExitCode == 0
            ? measurement
            : throw new BenchmarkException($"{peer.Name}, {operation.Name()} on {dataSet.Name}: exit code {measurement.ExitCode}\n{ProcessRunner.Tail(File.ReadAllText(log))}");
    }

    private void MeasureHost(Operation operation, int round)
    {
        ProcessRunner.Run(PwshHost.Empty);
        LinuxProcess.Sync();
        FreeMemory.Touch();
        Record(operation, PeerNames.EmptyHost, round, ProcessRunner.Measure(PwshHost.Empty), null, null);
    }

    private void Record(Operation operation, string peer, int round, Measurement m, long? repository, long? added)
    {
        record(new Sample(0, dataSet.Name, operation.Name(), peer, round, Math.Round(m.WallSeconds, 4), Math.Round(m.UserSeconds, 4), Math.Round(m.SystemSeconds, 4), m.PeakResident, m.PeakAnonymous, repository, added));
        Console.WriteLine($"  {operation.Name(),-10} {round}  {peer,-20} {m.WallSeconds,8:f2} s  cpu {m.UserSeconds + m.SystemSeconds,8:f2} s  rss {m.PeakResident / 1e6,6:f0} MB  anon {m.PeakAnonymous / 1e6,6:f0} MB{(added is null ? "" : $"  added {added / 1e6:f1} MB")}");
    }

    // Before each process: a kernel may take back what was last read a minute ago, and the first of a round would pay for all.
    private void Warm(IPeer peer, Operation operation)
    {
        if (operation is Operation.First or Operation.Unchanged or Operation.Changed) PageCache.Warm(source);
        PageCache.Warm(states[peer].Folder);
        if (peer.Idle(Work(peer)) is { } idle) ProcessRunner.Run(idle);
    }

    private PeerWork Work(IPeer peer) => new(states[peer].Folder, source, secrets)
    {
        Target = target,
        OneFile = oneFile,
        HasHoles = dataSet.HasHoles,
        Snapshot = snapshots.GetValueOrDefault(peer, ""),
    };

    private static void Settle()
    {
        LinuxProcess.Sync();
        Thread.Sleep(SettlingTime);
    }
}
