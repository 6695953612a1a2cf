namespace BackupPS.Engine.Operations.Restore;

/// <summary>The names of one hard-linked file: the first that is restored gets the content, the others become links to it.</summary>
internal sealed class LinkGroup
{
    private readonly Lock gate = new();
    private readonly List<RestoreJob> waiting = [];
    private bool taken;

    /// <summary>The name that has the content; <see langword="null"/> while there is none.</summary>
    public RestoreJob? First { get; private set; }

    /// <summary>Asks what to do with a name.</summary>
    /// <returns><see langword="true"/>: restore its content. <see langword="false"/>: link it to <see cref="First"/>; or, where that is missing still, leave it: it will be handed out again.</returns>
    public bool TryTake(RestoreJob job)
    {
        lock (gate)
        {
            if (First is not null) return false;
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
            if (restored) First = job;
            taken = false;
            RestoreJob[] next = [.. waiting];
            waiting.Clear();
            return next;
        }
    }
}
