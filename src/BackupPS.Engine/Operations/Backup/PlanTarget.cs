using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Takes a walk that only counts.</summary>
internal sealed class PlanTarget(BlobIndex index, BackupCounters counters) : IWalkTarget, IDisposable
{
    private readonly HashSet<FolderNode> open = [];

    public void Enter(FolderNode node) => open.Add(node);

    public void Read(FileJob job)
    {
        // Whether it has changed would show only when it is read.
        if (job.Suspect is not null) counters.FilesChanged++;
        job.Node.Fill(job.Slot, null, this);
    }

    public bool Has(BlobId id) => index.Contains(id);

    public void Passed(FolderNode node, byte[] name)
    {
    }

    public void Complete(FolderNode node, IReadOnlyList<TreeEntry> items, TreeEntry? entry) => open.Remove(node);

    /// <summary>Closes what a walk that was given up has left open.</summary>
    public void Dispose()
    {
        foreach (FolderNode node in open) node.Abandon();
    }
}
