using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Takes a walk that only counts.</summary>
internal sealed class PlanTarget(BlobIndex index, BackupCounters counters) : IWalkTarget, IDisposable
{
    public TreeWriter? Trees => null;

    public OpenFolders Open { get; } = new();

    public void Read(FileJob job)
    {
        // Whether it has changed would show only when it is read.
        if (job.Suspect is not null) counters.FilesChanged++;
        job.Node.Fill(job.Slot, null, this);
    }

    public bool Has(BlobId id) => index.Contains(id);

    public void Passed(FolderNode node, ReadOnlySpan<byte> name)
    {
    }

    public BlobId Complete(FolderNode node) => default;

    public void CompleteRoot(BlobId tree)
    {
    }

    public void Dispose() => Open.Dispose();
}
