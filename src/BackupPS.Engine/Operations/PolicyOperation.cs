using System.Security.Cryptography;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Policies;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations;

/// <summary>Checks and registers policies.</summary>
internal sealed class PolicyOperation(OperationContext context)
{
    public async Task<BackupPolicy> CreateAsync(BackupPolicy policy, CancellationToken cancellationToken)
    {
        BackupPolicy complete = await CompleteAsync(policy, created: context.Now, cancellationToken);
        context.Catalog.Policies.Add(complete);
        return complete;
    }

    public async Task<BackupPolicy> UpdateAsync(BackupPolicy policy, CancellationToken cancellationToken)
    {
        BackupPolicy known = context.Catalog.Policies.Find(policy.PolicyName)
            ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{policy.PolicyName}'.", policy.PolicyName);
        BackupPolicy complete = await CompleteAsync(policy, known.Created.UtcDateTime, cancellationToken);
        context.Catalog.Policies.Update(complete);
        return complete;
    }

    /// <summary>Everything that creating or updating would refuse; nothing changes.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="isNew">It is to be created, so its name must be free.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task CheckAsync(BackupPolicy policy, bool isNew, CancellationToken cancellationToken)
    {
        BackupPolicy? known = context.Catalog.Policies.Find(policy.PolicyName);
        await CompleteAsync(policy, known?.Created.UtcDateTime ?? context.Now, cancellationToken);
        if (isNew && known is not null) throw new BackupException(BackupError.PolicyExists, $"A policy '{policy.PolicyName}' exists already.", policy.PolicyName);
    }

    /// <summary>The policies in a file, checked as <see cref="CreateAsync"/> would, in the order of the file; nothing is registered.</summary>
    /// <param name="path">The file.</param>
    /// <param name="repository">Takes the place of what the file says; <see langword="null"/>: nothing does.</param>
    /// <param name="onInvalid">Told of each policy that cannot be used, with its place in the file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyList<BackupPolicy>> ReadFileAsync(
        string path,
        string? repository,
        Action<BackupException> onInvalid,
        CancellationToken cancellationToken)
    {
        var policies = new List<BackupPolicy>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (PolicyFileEntry entry in PolicyFile.Read(path, await ReadAsync(path, cancellationToken)))
        {
            try
            {
                BackupPolicy complete = await CompleteAsync(entry.Policy, repository ?? entry.Policy.Repository, created: context.Now, cancellationToken);
                if (!names.Add(RegisteredName.Key(complete.PolicyName)))
                {
                    throw new BackupException(BackupError.PolicyExists, $"The file has the policy '{complete.PolicyName}' twice.", nameof(BackupPolicy.PolicyName));
                }

                policies.Add(complete);
            }
            catch (BackupException e)
            {
                onInvalid(entry.Locate(e));
            }
        }

        return policies;
    }

    /// <summary>Everything that <see cref="WriteFileAsync"/> would refuse; nothing is written.</summary>
    public static void CheckFile(string path, IReadOnlyCollection<BackupPolicy> policies, bool overwrite)
    {
        PolicyFile.Write(policies);
        string shown = PathText.ToDisplay(path);
        if (!overwrite && File.Exists(path)) throw new BackupException(BackupError.TargetConflict, $"The file '{shown}' exists.", path);
        if (Directory.Exists(path)) throw new BackupException(BackupError.DestinationUnusable, $"The file '{shown}' cannot be written: it is a folder.", path);
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            throw new BackupException(
                BackupError.DestinationUnusable,
                $"The file '{shown}' cannot be written: there is no folder '{PathText.ToDisplay(folder)}'.",
                path);
        }
    }

    /// <summary>Writes policies into a file, which appears whole, in place of one that is there.</summary>
    public static async Task WriteFileAsync(string path, IReadOnlyCollection<BackupPolicy> policies, bool overwrite, CancellationToken cancellationToken)
    {
        CheckFile(path, policies, overwrite);
        string pending = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}.new";
        try
        {
            await File.WriteAllBytesAsync(pending, PolicyFile.Write(policies), cancellationToken);
            File.Move(pending, path, overwrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupError.DestinationUnusable, $"The file '{PathText.ToDisplay(path)}' cannot be written: {e.Message}", path, e);
        }
        finally
        {
            if (File.Exists(pending)) File.Delete(pending);
        }
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (file.CanSeek && file.Length > PolicyFile.MaximumLength)
            {
                throw new BackupException(
                    BackupError.PolicyFileInvalid,
                    $"The file '{PathText.ToDisplay(path)}' has {file.Length} bytes, which are too many for a file of policies.",
                    path);
            }

            using var content = new MemoryStream();
            await file.CopyToAsync(content, cancellationToken);
            return content.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BackupException(BackupError.SourceNotFound, $"There is no file '{PathText.ToDisplay(path)}'.", path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupError.ReadFailed, $"The file '{PathText.ToDisplay(path)}' cannot be read: {e.Message}", path, e);
        }
    }

    private Task<BackupPolicy> CompleteAsync(BackupPolicy policy, DateTime created, CancellationToken cancellationToken) =>
        CompleteAsync(policy, policy.Repository, created, cancellationToken);

    private async Task<BackupPolicy> CompleteAsync(BackupPolicy policy, string repository, DateTime created, CancellationToken cancellationToken)
    {
        var complete = new BackupPolicy
        {
            PolicyName = policy.PolicyName,
            Source = [.. policy.Source.Select(SourcePath.Normalize)],
            Repository = repository,
            RepositoryId = await FindRepositoryIdAsync(repository, cancellationToken),
            Include = policy.Include,
            Exclude = policy.Exclude,
            ExcludeLargerThan = policy.ExcludeLargerThan,
            ExcludeCaches = policy.ExcludeCaches,
            OneFileSystem = policy.OneFileSystem,
            FullEvery = policy.FullEvery,
            KeepLast = policy.KeepLast,
            KeepHourly = policy.KeepHourly,
            KeepDaily = policy.KeepDaily,
            KeepWeekly = policy.KeepWeekly,
            KeepMonthly = policy.KeepMonthly,
            KeepYearly = policy.KeepYearly,
            KeepWithin = policy.KeepWithin,
            TimeZone = policy.TimeZone,
            Verify = policy.Verify,
            Tag = policy.Tag,
            Created = created,
            Modified = context.Now,
        };
        PolicyValidator.Check(complete);
        _ = new SourceFilter(new FilterRules { Include = complete.Include, Exclude = complete.Exclude, ExcludeLargerThan = complete.ExcludeLargerThan }, context.FileSystem);
        return complete;
    }

    // A registered repository may be out of reach when a policy is written for it; one that is named by path must be there.
    private async Task<string> FindRepositoryIdAsync(string repository, CancellationToken cancellationToken)
    {
        if (repository.Length == 0) throw new BackupException(BackupError.InvalidArgument, "A policy needs a repository.", "Repository");
        RepositoryAddress address = context.Connections.Locate(repository);
        return address.RepositoryId.Length > 0 ? address.RepositoryId : await new RepositoryOperation(context).FindIdAsync(repository, cancellationToken);
    }
}
