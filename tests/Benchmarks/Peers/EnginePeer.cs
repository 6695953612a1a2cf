using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;
using BackupPS.Engine;

namespace BackupPS.Benchmarks.Peers;

/// <summary>The engine without PowerShell: this program's <c>engine</c> command, a process of its own.</summary>
internal sealed class EnginePeer : IPeer
{
    public string Name => PeerNames.EngineAlone;

    public string Version { get; } = typeof(BackupEngine).Assembly.GetName().Version!.ToString(3);

    public IReadOnlyCollection<Operation> Operations { get; } = Enum.GetValues<Operation>();

    public Task CreateRepositoryAsync(PeerWork work) => BackupPSRepository.CreateAsync(work, RepositorySecret.FromPasswordFile(work.Secrets.PasswordFile));

    public Launch? Idle(PeerWork work) => null;

    public Launch Launch(Operation operation, PeerWork work) => new(
        Environment.ProcessPath!, "engine", operation.Name(),
        "--home", BackupPSRepository.HomeFolder(work), "--password-file", work.Secrets.PasswordFile, "--target", work.Target, "--path", work.OneFile);
}
