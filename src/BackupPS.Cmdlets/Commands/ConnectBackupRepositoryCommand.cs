using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Unlocks an existing repository for this process and, given a name and a path, registers it.</summary>
/// <remarks>
/// <para>This is how a new host gets at the backups of another, and how a session of an unattended host begins. The secret is -Password, -KeyFile
/// or -Secret, or the passphrase in the file that BACKUPPS_PASSWORD_FILE names. Keys are held in this process only, until
/// Disconnect-BackupRepository or its end; nothing of them is stored.</para>
/// <para>With a name and a path, the repository is registered under that name, or the name gets that path. With a registered name alone, it is
/// unlocked. With a path alone, it is unlocked and used by its path.</para>
/// <para>Connecting is seldom needed: every command that opens a repository takes the secret too, and unlocks it likewise.</para>
/// </remarks>
/// <example>
/// <code>Connect-BackupRepository -Name offsite -Path ~/offsite -Password $pw</code>
/// Registers a repository on this host and unlocks it: after this, Get-BackupSnapshot shows what can be restored.
/// </example>
/// <example>
/// <code>Connect-BackupRepository vault -KeyFile ~/vault.key</code>
/// Unlocks a registered repository with its key file, in a new process.
/// </example>
/// <example>
/// <code>
/// $env:BACKUPPS_PASSWORD_FILE = "$HOME/.vault-password"
/// Connect-BackupRepository offsite ~/offsite
/// </code>
/// For hosts with nobody at them: the file holds the passphrase, and only its owner can read it (chmod 600). One newline at its end is not part of
/// the passphrase.
/// </example>
/// <seealso cref="DisconnectBackupRepositoryCommand"/>
/// <seealso cref="NewBackupRepositoryCommand"/>
/// <seealso cref="GetBackupRepositoryCommand"/>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso>about_BackupPS_Security</seealso>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommunications.Connect, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class ConnectBackupRepositoryCommand : SecretCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>The name under which it is registered, or is to be: 1 to 64 letters, digits, spaces and . _ -; case does not count.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The repository's folder. A repository that is registered, and has not moved, needs none. Nothing in it is a wildcard.</summary>
    [Parameter(Position = 1, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>A registered repository: an object, name or path. For objects of the pipeline.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string target = ParameterSetName == NameSet ? Path ?? Name ?? "" : Repository;
        Guard(target, () =>
        {
            string? name = Name;
            string? path = Path is null ? null : Paths.Literal(Path);
            if (ParameterSetName == RepositorySet)
            {
                string repository = ResolveRepository(Repository)!;
                (name, path) = System.IO.Path.IsPathFullyQualified(repository) ? ((string?)null, repository) : (repository, null);
            }

            if (name is null && path is null) throw new BackupException(BackupError.InvalidArgument, "Give the name or the path of a repository.", nameof(Path));
            RepositorySecret? secret = GivenSecret();
            if (ShowsPlan) Await(token => Engine.CheckConnectionAsync(name, path, secret, token));
            if (!ShouldProcess(path ?? name!, name is null || path is null ? "Unlock backup repository" : $"Unlock backup repository and register it as '{name}'")) return;
            WriteVerbose($"Unlocking the repository {(path is null ? $"that is registered as '{name}'" : $"in '{ViewText.Path(path)}'")} with {SecretSource}.");
            BackupRepository connected = Await(token => Engine.ConnectRepositoryAsync(name, path, secret, token));
            WriteVerbose($"Repository {connected.RepositoryId} in '{ViewText.Path(connected.Path)}', created {ViewText.Time(connected.Created)}, is unlocked for this process{(connected.Name.Length > 0 ? $" and registered as '{connected.Name}'" : "")}.");
            WriteObject(connected);
        });
    }
}
