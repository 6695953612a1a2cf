using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Creates a repository in a folder, registers it, and unlocks it for this process.</summary>
/// <remarks>
/// <para>A repository is a folder of encrypted objects, into which any number of hosts may back up at the same time. Its keys are drawn now and
/// wrapped under the secret that you give: -Password, -KeyFile, -Secret, or the passphrase in the file that BACKUPPS_PASSWORD_FILE names. There is
/// no way in without it: keep a copy where the fire will not be.</para>
/// <para>Compression and chunking are chosen here, for good. The folder must be on a local file system: network file systems that list late (NFS,
/// SMB) and object stores are not supported yet.</para>
/// <para>For a repository that exists already, as on a new host, use Connect-BackupRepository.</para>
/// </remarks>
/// <example>
/// <code>New-BackupRepository -Name archive -Path ~/archive -Password $pw</code>
/// Creates a repository and registers it as "archive". $pw is a SecureString: from Read-Host -AsSecureString, Get-Credential or a secret store.
/// </example>
/// <example>
/// <code>
/// $null = New-Item ~/archive.key
/// chmod 600 ~/archive.key
/// [IO.File]::WriteAllBytes("$HOME/archive.key", [Security.Cryptography.RandomNumberGenerator]::GetBytes(32))
/// New-BackupRepository -Name archive -Path ~/archive -KeyFile ~/archive.key
/// </code>
/// The same with a key file: 32 random bytes that only their owner can read. Commands that open the repository spare the time that a passphrase
/// takes to stretch. Whoever loses the file loses the backups: keep a copy of it elsewhere.
/// </example>
/// <example>
/// <code>New-BackupRepository -Name images -Path ~/images -Password $pw -Chunking Fixed -ChunkSize 64KB</code>
/// For disk images and databases, which change in blocks and never shift: files are cut into blocks of 64 KiB, so that a small change stores
/// little.
/// </example>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso cref="GetBackupRepositoryCommand"/>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupRepositoryCommand"/>
/// <seealso>about_BackupPS</seealso>
/// <seealso>about_BackupPS_Security</seealso>
[Cmdlet(VerbsCommon.New, "BackupRepository", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRepository))]
public sealed class NewBackupRepositoryCommand : SecretCmdlet
{
    /// <summary>
    /// The name under which it is registered on this host: 1 to 64 letters, digits, spaces and . _ -, the first neither a dot nor a space; case does not
    /// count. Without one it is not registered, and commands take its path.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The folder of the repository: one that is empty, or does not exist yet. Nothing in it is a wildcard.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>
    /// How data is compressed. Auto takes zstd. Every host reads every one of them: where the system has no zstd library (libzstd), the module has one.
    /// </summary>
    /// <value>Auto</value>
    [Parameter]
    [ValidateSet("Auto", "Zstd", "Brotli", "None")]
    public string Compression { get; set => field = Choice.Of<NewBackupRepositoryCommand>(value); } = "Auto";

    /// <summary>
    /// How files are cut into the pieces that are stored once: by their content, so that an insertion does not shift the pieces behind it, or in blocks
    /// of one size, for disk images and databases.
    /// </summary>
    /// <value>ContentDefined</value>
    [Parameter]
    [ValidateSet("ContentDefined", "Fixed")]
    public string Chunking { get; set => field = Choice.Of<NewBackupRepositoryCommand>(value); } = "ContentDefined";

    /// <summary>
    /// The size of a piece in bytes, on average (ContentDefined) or exactly (Fixed): a power of two from 64KB to 4MB. Smaller ones store less of a
    /// change; each costs some 40 bytes of index.
    /// </summary>
    /// <value>256KB</value>
    [Parameter]
    [ValidateRange(64 * 1024, 4 * 1024 * 1024)]
    [RefuseNull]
    public int ChunkSize { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Path, () =>
    {
        string path = Paths.Literal(Path);
        RepositorySecret secret = GivenSecret() ?? ModuleSession.ReadUnattendedSecret()
            ?? throw new BackupException(BackupError.SecretMissing, "A new repository needs its first key.", path);
        var request = new CreateRepositoryRequest { Name = Name, Path = path, Secret = secret, Compression = Compression, Chunking = Chunking, ChunkSize = ChunkSize };
        if (ShowsPlan) Await(token => Engine.CheckNewRepositoryAsync(request, token));
        if (!ShouldProcess(path, Name is null ? "Create backup repository" : $"Create backup repository '{Name}'")) return;
        WriteObject(Await(token => Engine.CreateRepositoryAsync(request, token)));
    });
}
