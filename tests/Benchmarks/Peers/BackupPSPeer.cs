using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;
using BackupPS.Engine;

namespace BackupPS.Benchmarks.Peers;

/// <summary>The module in a pwsh of its own, as a scheduler starts it.</summary>
internal sealed class BackupPSPeer : IPeer
{
    private readonly bool keyFile;

    private BackupPSPeer(string name, bool keyFile, IReadOnlyCollection<Operation> operations)
    {
        Name = name;
        this.keyFile = keyFile;
        Operations = operations;
        Version = PeerVersion.Check("BackupPS", ProcessRunner.Run(new Launch(PwshHost.Program, "-NoProfile", "-NonInteractive", "-Command", $"(Import-Module {Quote(Checkout.Module)} -PassThru).Version.ToString()")), new Version(0, 0));
    }

    public string Name { get; }

    public string Version { get; }

    public IReadOnlyCollection<Operation> Operations { get; }

    /// <summary>Unlocked with a passphrase.</summary>
    public static BackupPSPeer WithPassword() => new(PeerNames.Ours, keyFile: false, Enum.GetValues<Operation>());

    /// <summary>Unlocked with a key file, where that makes a difference that counts.</summary>
    public static BackupPSPeer WithKeyFile() => new(PeerNames.OursWithKeyFile, keyFile: true, [Operation.Unchanged]);

    public Task CreateRepositoryAsync(PeerWork work) =>
        BackupPSRepository.CreateAsync(work, keyFile ? RepositorySecret.FromKeyFile(work.Secrets.KeyFile) : RepositorySecret.FromPasswordFile(work.Secrets.PasswordFile));

    public Launch? Idle(PeerWork work) => Host(work, "$null = Get-BackupPolicy");

    public Launch Launch(Operation operation, PeerWork work) => operation switch
    {
        Operation.First or Operation.Unchanged or Operation.Changed => Start(work, "$r = Invoke-Backup bench; $r; if ($r.Status -ne 'Complete') { exit 3 }"),
        Operation.Verify => Start(work, "$r = Test-BackupIntegrity -Repository vault -Level Data; $r; if ($r.Status -ne 'Passed') { exit 3 }"),
        Operation.Restore => Start(work, $"$r = Restore-Backup -PolicyName bench -Latest -Destination {Quote(work.Target)}; $r; if ($r.Status -ne 'Complete') {{ exit 3 }}"),
        Operation.RestoreOne => Start(work, $"$r = Restore-Backup -PolicyName bench -Latest -LiteralPath {Quote(work.OneFile)} -Destination {Quote(work.Target)}; $r; if ($r.Status -ne 'Complete') {{ exit 3 }}"),
        Operation.List => Start(work, "Get-BackupSnapshot -PolicyName bench -Last 1 | Get-BackupItem -Recurse | ForEach-Object -MemberName Path"),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };

    /// <summary>A process that imports the module and does no more.</summary>
    public Launch Import(PeerWork work) => Host(work, "");

    /// <summary>A process that unlocks the repository and runs a script.</summary>
    public Launch Script(PeerWork work, string script) => Start(work, script);

    private Launch Start(PeerWork work, string command) =>
        Host(work, $"{(keyFile ? $"$null = Connect-BackupRepository vault -KeyFile {Quote(work.Secrets.KeyFile)}; " : "")}{command}");

    private Launch Host(PeerWork work, string command) =>
        PwshHost.Start($"$ErrorActionPreference = 'Stop'; Import-Module {Quote(Checkout.Module)}; {command}") with
        {
            Environment = new Dictionary<string, string>
            {
                ["BACKUPPS_HOME"] = BackupPSRepository.HomeFolder(work),
                ["BACKUPPS_PASSWORD_FILE"] = keyFile ? "" : work.Secrets.PasswordFile,
            },
        };

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
