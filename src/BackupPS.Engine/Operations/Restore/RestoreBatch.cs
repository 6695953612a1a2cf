using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Items that lie beside each other in one folder, for one worker: two that create files in the same folder would wait for each other, and what
/// is beside each other here is beside each other in segments.
/// </summary>
internal sealed class RestoreBatch
{
    // A segment holds some 60 source files, and the other workers should not run dry behind one batch: 4 MiB take some milliseconds.
    private const int MostItems = 64;
    private const long MostBytes = 4 * 1024 * 1024;

    private readonly List<RestoreJob> jobs = [];
    private long bytes;

    public IReadOnlyList<RestoreJob> Jobs => jobs;

    public bool IsFull => jobs.Count >= MostItems || bytes >= MostBytes;

    public void Add(RestoreJob job)
    {
        jobs.Add(job);
        if (job.Entry.Kind == ItemKind.File) bytes += job.Entry.Size;
    }
}
