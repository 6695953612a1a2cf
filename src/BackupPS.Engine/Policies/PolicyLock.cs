using BackupPS.Engine.Catalog;
using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Policies;

/// <summary>
/// One run of a policy at a time on a host. The lock is the kernel's, on a file in <c>locks/</c> of the home folder: it ends with the process,
/// however that ends, and the file stays, since removing it would let two processes lock two files of one name.
/// </summary>
internal sealed class PolicyLock : IDisposable
{
    // A run lasts seconds to hours: a quarter of a second is not felt, and four looks a second cost nothing.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private readonly FileLock _file;

    private PolicyLock(FileLock file) => _file = file;

    /// <summary>Takes the lock; <see langword="null"/>: another run holds it, in this process or another.</summary>
    /// <param name="homeFolder">The folder of the catalog.</param>
    /// <param name="policyName">The policy, compared without case.</param>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the home folder cannot be written to.</exception>
    public static PolicyLock? TryAcquire(string homeFolder, string policyName)
    {
        FileLock? file = new HomeFolder(homeFolder).TryLock(FileName(policyName));
        return file is null ? null : new PolicyLock(file);
    }

    /// <summary>Takes the lock as soon as it is free. Whoever looks first gets it: there is no queue.</summary>
    /// <param name="homeFolder">The folder of the catalog.</param>
    /// <param name="policyName">The policy, compared without case.</param>
    /// <param name="timeProvider">Paces the looks.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the home folder cannot be written to.</exception>
    public static async Task<PolicyLock> AcquireAsync(string homeFolder, string policyName, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(homeFolder, policyName) is { } taken) return taken;
            await Task.Delay(PollInterval, timeProvider, cancellationToken);
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>A name may hold what a file name may not on some system, and file names may or may not differ by case: a hash has neither problem.</summary>
    internal static string FileName(string policyName) =>
        "policy-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(RegisteredName.Key(policyName)))) + ".lock";
}
