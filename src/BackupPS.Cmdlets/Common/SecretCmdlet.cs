using System.Management.Automation;
using System.Net;
using System.Security;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A cmdlet that may unlock a repository.</summary>
public abstract class SecretCmdlet : BackupCmdlet
{
    private RepositorySecret? secret;

    /// <summary>
    /// The passphrase of the repository. It unlocks the repository for this process, so that later commands need none. -Password, -KeyFile and -Secret
    /// exclude each other. Where none is given and the repository is locked, the passphrase is that in the file which BACKUPPS_PASSWORD_FILE names.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>
    /// A file of exactly 32 random bytes that neither group nor others can read, in place of a passphrase. It needs no stretching, and so opens the
    /// repository faster.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>
    /// The name of a passphrase in the vaults of Microsoft.PowerShell.SecretManagement, where that module is installed. The secret must be a
    /// SecureString.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Secret { get; set; }

    /// <summary>What the caller gave to unlock with; <see langword="null"/> when nothing.</summary>
    /// <exception cref="BackupException">It cannot be used, or there are several.</exception>
    private protected RepositorySecret? GivenSecret() => secret ??= ReadSecret();

    /// <summary>For messages: where the secret comes from; never what it is.</summary>
    private protected string SecretSource =>
        Password is not null ? "the passphrase given"
        : KeyFile is not null ? $"the key file '{KeyFile}'"
        : Secret is not null ? $"the secret '{Secret}' of SecretManagement"
        : "the keys that this process has, or the file that BACKUPPS_PASSWORD_FILE names";

    private RepositorySecret? ReadSecret()
    {
        int given = (Password is null ? 0 : 1) + (KeyFile is null ? 0 : 1) + (Secret is null ? 0 : 1);
        if (given > 1) throw new BackupException(BackupError.InvalidArgument, "-Password, -KeyFile and -Secret exclude each other.", nameof(Password));
        if (Password is not null) return FromSecureString(Password);
        if (KeyFile is not null) return RepositorySecret.FromKeyFile(Paths.Literal(KeyFile));
        return Secret is null ? null : FromSecureString(ReadManagedSecret(Secret));
    }

    private SecureString ReadManagedSecret(string name)
    {
        const string module = "Microsoft.PowerShell.SecretManagement";
        try
        {
            foreach (PSObject found in InvokeCommand.InvokeScript(@"param($Name) Microsoft.PowerShell.SecretManagement\Get-Secret -Name $Name -ErrorAction Stop", name))
            {
                if (found.BaseObject is SecureString text) return text;
            }
        }
        catch (CommandNotFoundException e)
        {
            throw new BackupException(BackupError.NotSupportedHere, $"-Secret needs the module {module}, which is not installed.", name, e);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            throw new BackupException(BackupError.SecretMissing, $"{module} does not give out '{name}': {e.Message}", name, e);
        }

        throw new BackupException(BackupError.SecretMissing, $"{module} holds no passphrase named '{name}'.", name);
    }

    // NetworkCredential clears the native copy that it makes on the way.
    private static RepositorySecret FromSecureString(SecureString text) => RepositorySecret.FromPassphrase(new NetworkCredential("", text).Password);
}
