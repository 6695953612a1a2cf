using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Creates a repository in a folder, registers it, and unlocks it for this process.</summary>
[Cmdlet(VerbsCommon.New, "BackupRepository", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRepository))]
public sealed class NewBackupRepositoryCommand : SecretCmdlet
{
    /// <summary>The name under which to register it; without one, it is used by path.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>A folder that is empty or does not exist yet.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Codec for segments. Auto: zstd where its library loads, else Brotli.</summary>
    [Parameter]
    [ValidateSet("Auto", "Zstd", "Brotli", "None")]
    public string Compression { get; set; } = "Auto";

    /// <summary>How files are cut: by content, or in fixed blocks for disk images and databases.</summary>
    [Parameter]
    [ValidateSet("ContentDefined", "Fixed")]
    public string Chunking { get; set; } = "ContentDefined";

    /// <summary>Average or fixed chunk size in bytes: a power of two from 64KB to 4MB; 256KB unless given.</summary>
    [Parameter]
    [ValidateRange(64 * 1024, 4 * 1024 * 1024)]
    public int ChunkSize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Path, () =>
    {
        string path = Paths.Literal(Path);
        RepositorySecret secret = GivenSecret() ?? ModuleSession.ReadUnattendedSecret()
            ?? throw new BackupException(BackupError.SecretMissing, "A new repository needs its first key.", path);
        if (!ShouldProcess(path, Name is null ? "Create backup repository" : $"Create backup repository '{Name}'")) return;
        var request = new CreateRepositoryRequest { Name = Name, Path = path, Secret = secret, Compression = Compression, Chunking = Chunking, ChunkSize = ChunkSize };
        WriteObject(Await(token => Engine.CreateRepositoryAsync(request, token)));
    });
}
