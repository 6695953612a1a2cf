using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Unlocks an existing repository for this process and, given a name and a path, registers it, as on a new host after a disaster.</summary>
[Cmdlet(VerbsCommunications.Connect, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class ConnectBackupRepositoryCommand : SecretCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>The name to register it under, or the registered name.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The repository's folder; not needed for one that is registered.</summary>
    [Parameter(Position = 1, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>A registered repository: an object, name or path.</summary>
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
            if (!ShouldProcess(path ?? name!, name is null || path is null ? "Unlock backup repository" : $"Unlock backup repository and register it as '{name}'")) return;
            WriteObject(Await(token => Engine.ConnectRepositoryAsync(name, path, secret, token)));
        });
    }
}
