using BackupPS.Engine;

namespace BackupPS.Benchmarks.Peers;

/// <summary>Our repository, and the policy that a scheduler would run.</summary>
internal static class BackupPSRepository
{
    public const string RepositoryName = "vault", PolicyName = "bench";

    public static string HomeFolder(PeerWork work) => Path.Combine(work.State, "home");

    /// <summary>Creates both with the product's defaults.</summary>
    public static async Task CreateAsync(PeerWork work, RepositorySecret secret)
    {
        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = HomeFolder(work) });
        await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = RepositoryName, Path = work.Repository, Secret = secret }, CancellationToken.None);
        await engine.CreatePolicyAsync(new BackupPolicy { PolicyName = PolicyName, Source = [work.Source], Repository = RepositoryName, RepositoryId = "" }, CancellationToken.None);
    }
}
