using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Peers;

/// <summary>restic with its defaults: compression auto, packs of 16 MiB.</summary>
internal sealed class ResticPeer : IPeer
{
    private const string Program = "restic";

    public string Name => PeerNames.Restic;

    public string Version { get; } = PeerVersion.Check(Program, ProcessRunner.Run(new Launch(Program, "version")), new Version(0, 19, 1));

    public IReadOnlyCollection<Operation> Operations { get; } = Enum.GetValues<Operation>();

    public Task CreateRepositoryAsync(PeerWork work)
    {
        ProcessRunner.Run(Start(work, "init"));
        return Task.CompletedTask;
    }

    public Launch? Idle(PeerWork work) => new Launch(Program, "version");

    public Launch Launch(Operation operation, PeerWork work) => operation switch
    {
        Operation.First or Operation.Unchanged or Operation.Changed => Start(work, "backup", work.Source),
        Operation.Verify => Start(work, "check", "--read-data"),
        Operation.Restore => Start(work, ["restore", "latest", "--target", work.Target, .. Sparse(work)]),
        Operation.RestoreOne => Start(work, "restore", "latest", "--target", work.Target, "--include", work.OneFile),
        Operation.List => Start(work, "ls", "latest"),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };

    private static IReadOnlyList<string> Sparse(PeerWork work) => work.HasHoles ? ["--sparse"] : [];

    private static Launch Start(PeerWork work, params IReadOnlyList<string> arguments) => new(Program, arguments)
    {
        Environment = new Dictionary<string, string>
        {
            ["RESTIC_REPOSITORY"] = work.Repository,
            ["RESTIC_PASSWORD_FILE"] = work.Secrets.PasswordFile,
            ["RESTIC_CACHE_DIR"] = Path.Combine(work.State, "cache"),
        },
    };
}
