using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>A folder of this host that only leads to sources: of what is in it, nothing but the way to them is looked at.</summary>
internal sealed class LeadingSide(LiveFiles files, SourceNode node) : IFolderSide
{
    private readonly KeyValuePair<byte[], SourceNode>[] children = [.. node.Children];
    private readonly SourceFolder place = new(files.FileSystem, files.Open, node.Path);
    private int next;
    private ItemInfo info;

    // The drives of Windows have no folder above them.
    private readonly bool hasDrives = node.Path.Length == 0;

    /// <inheritdoc/>
    public SourceFolder? Place => place;

    /// <inheritdoc/>
    public ValueTask<TreeEntry?> NextAsync(CancellationToken cancellationToken)
    {
        while (next < children.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (byte[] name, SourceNode child) = children[next++];
            try
            {
                info = Look(name, child);
                return ValueTask.FromResult<TreeEntry?>(files.Describe(place, name, info, ancestor: !child.IsSource));
            }
            catch (PlatformException e) when (e.Failure is PlatformFailure.NotFound or PlatformFailure.NotAFolder)
            {
                // It is gone, which the comparison tells.
            }
            catch (PlatformException e)
            {
                files.Tell(e, child.Path);
                return ValueTask.FromResult<TreeEntry?>(new TreeEntry { Name = name, Kind = default });
            }
        }

        return ValueTask.FromResult<TreeEntry?>(null);
    }

    /// <inheritdoc/>
    public bool Omits(TreeEntry entry, string path) => false;

    /// <inheritdoc/>
    public IFolderSide? TryEnter(TreeEntry entry, string path)
    {
        SourceNode child = children[next - 1].Value;
        if (!child.IsSource) return new LeadingSide(files, child);
        return LiveSide.TryOpen(files, hasDrives ? DriveOf(child) : new SourceFolder(place, entry.Name), files.Filter?.Begin(path, info), path);
    }

    /// <inheritdoc/>
    public void Dispose() => place.Close();

    // As a backup does: the way to a source follows links, and a source itself is what it is.
    private ItemInfo Look(byte[] name, SourceNode child)
    {
        if (child.IsSource && !hasDrives) return place.Open().GetInfo(name);
        SourceFolder folder = hasDrives ? DriveOf(child) : new SourceFolder(files.FileSystem, files.Open, child.Path);
        try
        {
            return folder.Open().GetInfo();
        }
        finally
        {
            folder.Close();
        }
    }

    private SourceFolder DriveOf(SourceNode child) => new(files.FileSystem, files.Open, child.Path + "/");
}
