namespace BackupPS.Engine.Operations.Backup;

/// <summary>A backup with everything that its policy says filled in.</summary>
internal sealed record BackupJob
{
    public required string PolicyName { get; init; }

    public required string Repository { get; init; }

    public required IReadOnlyList<string> Source { get; init; }

    public required FilterRules Filter { get; init; }

    public required IReadOnlyList<string> Tag { get; init; }

    public required string Type { get; init; }

    public string FullEvery { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public string Verify { get; init; } = "None";

    /// <summary>Joins what a request says with what its policy says.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyNotFound"/>, or <see cref="BackupError.InvalidArgument"/> when an ad-hoc backup names no source or repository.</exception>
    public static BackupJob From(BackupRequest request, Func<string, BackupPolicy?> findPolicy)
    {
        if (request.Type is not ("Auto" or "Full" or "Incremental" or "Differential"))
        {
            throw new BackupException(BackupError.InvalidArgument, $"'{request.Type}' is no type of backup; they are Auto, Full, Incremental and Differential.", request.Type);
        }

        if (request.PolicyName is null)
        {
            if (request.Repository is null) throw new BackupException(BackupError.InvalidArgument, "A backup without a policy needs a repository.");
            if (request.Source.Count == 0) throw new BackupException(BackupError.NothingToBackUp, "There is nothing to back up: no source was given.");
            return new BackupJob
            {
                PolicyName = "",
                Repository = request.Repository,
                Source = request.Source,
                Filter = request.Filter,
                Tag = request.Tag,
                Type = request.Type,
            };
        }

        BackupPolicy policy = findPolicy(request.PolicyName) ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{request.PolicyName}'.", request.PolicyName);
        return new BackupJob
        {
            PolicyName = policy.PolicyName,
            Repository = request.Repository ?? policy.Repository,
            Source = request.Source.Count > 0 ? request.Source : policy.Source,
            Filter = new FilterRules
            {
                Include = [.. policy.Include, .. request.Filter.Include],
                Exclude = [.. policy.Exclude, .. request.Filter.Exclude],
                ExcludeLargerThan = request.Filter.ExcludeLargerThan > 0 ? request.Filter.ExcludeLargerThan : policy.ExcludeLargerThan,
                ExcludeCaches = policy.ExcludeCaches || request.Filter.ExcludeCaches,
                OneFileSystem = policy.OneFileSystem || request.Filter.OneFileSystem,
            },
            Tag = [.. policy.Tag.Union(request.Tag, StringComparer.Ordinal)],
            Type = request.Type,
            FullEvery = policy.FullEvery,
            TimeZone = policy.TimeZone,
            Verify = policy.Verify,
        };
    }
}
