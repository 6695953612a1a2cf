namespace BackupPS.Cmdlets;

/// <summary>A look at the catalog for what Tab shows: whoever pressed it waits, and gets nothing rather than an error.</summary>
internal static class CatalogGlance
{
    /// <summary>
    /// What still feels immediate, less the time to show it. A catalog that another program holds, or that lies on a network folder that hangs,
    /// would take seconds.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(150);

    /// <summary>Looks, for a moment.</summary>
    /// <param name="look">Reads the catalog; it is left to itself where it takes longer.</param>
    /// <param name="nothing">The answer then, and where it fails.</param>
    internal static T Take<T>(Func<T> look, T nothing)
    {
        Task<T> task = Task.Run(look);
        _ = task.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return Task.WaitAny([task], Limit) == 0 && task.IsCompletedSuccessfully ? task.Result : nothing;
    }
}
