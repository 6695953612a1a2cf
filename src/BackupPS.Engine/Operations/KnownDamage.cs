namespace BackupPS.Engine.Operations;

/// <summary>
/// Packs of a repository that this host has found to be damaged: for a backup, what is in them counts as absent and is stored again. A catalog that cannot be
/// used costs that knowledge, never the run.
/// </summary>
internal sealed class KnownDamage(OperationContext context, string repositoryId, RunCallbacks callbacks)
{
    /// <summary>Their names.</summary>
    public IReadOnlySet<string> Read() => Guard(() => context.Catalog.Damage.List(repositoryId), new HashSet<string>());

    /// <summary>Takes note of what was found.</summary>
    /// <param name="damaged">Packs that turned out to be damaged.</param>
    /// <param name="read">Packs that were read to the last byte: those that are not damaged are whole. <see langword="null"/>: every pack was.</param>
    public void Update(IReadOnlyCollection<string> damaged, IReadOnlyCollection<string>? read) => Guard(() => context.Catalog.Damage.Update(repositoryId, damaged, read), 0);

    private T Guard<T>(Func<T> call, T otherwise)
    {
        try
        {
            return call();
        }
        catch (BackupException e)
        {
            callbacks.OnWarning?.Invoke($"What is known of damaged packs is not at hand: {e.Message}");
            return otherwise;
        }
    }
}
