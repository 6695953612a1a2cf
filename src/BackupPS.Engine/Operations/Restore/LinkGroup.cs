namespace BackupPS.Engine.Operations.Restore;

/// <summary>The names of one hard-linked file: the first that is restored gets the content, the others become links to it.</summary>
internal sealed class LinkGroup
{
    private readonly Lock gate = new();
    private readonly List<RestoreJob> waiting = [];
    private bool taken;

    private RestoreJob? first;

    /// <summary>Asks what to do with a name.</summary>
    /// <param name="job">The name.</param>
    /// <param name="linkTo">The name that has the content, where there is one; <see langword="null"/>: restore the content.</param>
    /// <returns><see langword="false"/>: leave it; the content is under way, and <see cref="Finish"/> will hand it out again.</returns>
    public bool TryTake(RestoreJob job, out RestoreJob? linkTo)
    {
        lock (gate)
        {
            linkTo = first;
            if (first is not null) return true;
            if (taken)
            {
                waiting.Add(job);
                return false;
            }

            return taken = true;
        }
    }

    /// <summary>The content is there, or could not be restored under this name.</summary>
    /// <returns>The names that waited for it.</returns>
    public IReadOnlyList<RestoreJob> Finish(RestoreJob job, bool restored)
    {
        lock (gate)
        {
            if (restored) first = job;
            taken = false;
            RestoreJob[] next = [.. waiting];
            waiting.Clear();
            return next;
        }
    }
}
