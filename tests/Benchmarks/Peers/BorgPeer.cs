using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Peers;

/// <summary>borg with zstd at level 3, which ours and restic use too, and repokey encryption.</summary>
internal sealed class BorgPeer : IPeer
{
    private const string Program = "borg";

    public string Name => PeerNames.Borg;

    public string Version { get; } = PeerVersion.Check(Program, ProcessRunner.Run(new Launch(Program, "--version")), new Version(1, 4));

    public IReadOnlyCollection<Operation> Operations { get; } = Enum.GetValues<Operation>();

    public Task CreateRepositoryAsync(PeerWork work)
    {
        ProcessRunner.Run(Start(work, "init", "--encryption", "repokey"));
        return Task.CompletedTask;
    }

    public Launch? Idle(PeerWork work) => new Launch(Program, "--version");

    public Launch Launch(Operation operation, PeerWork work) => operation switch
    {
        Operation.First or Operation.Unchanged or Operation.Changed => Start(work, "create", "--compression", "zstd,3", "::" + work.NewSnapshot, work.Source),
        Operation.Verify => Start(work, "check", "--verify-data"),
        Operation.Restore => Start(work, ["extract", .. Sparse(work), "::" + work.Snapshot]) with { WorkingFolder = work.Target },
        Operation.RestoreOne => Start(work, "extract", "::" + work.Snapshot, work.OneFile.TrimStart('/')) with { WorkingFolder = work.Target },
        Operation.List => Start(work, "list", "::" + work.Snapshot),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };

    private static IReadOnlyList<string> Sparse(PeerWork work) => work.HasHoles ? ["--sparse"] : [];

    private static Launch Start(PeerWork work, params IReadOnlyList<string> arguments) => new(Program, arguments)
    {
        Environment = new Dictionary<string, string>
        {
            ["BORG_REPO"] = work.Repository,
            ["BORG_PASSPHRASE"] = SecretFiles.Passphrase,
            // Cache, settings and security notes all below it.
            ["BORG_BASE_DIR"] = Path.Combine(work.State, "home"),
        },
    };
}
