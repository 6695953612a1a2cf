using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>The file system of this host as one side of a comparison.</summary>
/// <param name="FileSystem">The system.</param>
/// <param name="Filter">What the policy saves; <see langword="null"/>: that is not known.</param>
/// <param name="OnFault">Told of what cannot be read; it is then not compared.</param>
internal sealed record LiveFiles(IFileSystem FileSystem, SourceFilter? Filter, Action<BackupFault> OnFault) : IDisposable
{
    private readonly EntryFactory entries = new(FileSystem.Accounts);

    /// <summary>The folders that are open.</summary>
    public OpenFolders Open { get; } = new();

    /// <summary>The root of all paths, from which the sources are reached.</summary>
    /// <returns><see langword="null"/>: it cannot be read, which was told.</returns>
    public IFolderSide? TryBegin(SourceNode sources)
    {
        if (!sources.IsSource) return new LeadingSide(this, sources);
        try
        {
            return LiveSide.TryOpen(this, new SourceFolder(FileSystem, Open, sources.Path), Filter?.Begin(sources.Path, FileSystem.GetInfo(sources.Path)), sources.Path);
        }
        catch (PlatformException e)
        {
            Tell(e, sources.Path);
            return null;
        }
    }

    /// <summary>An item as a snapshot would have it, but for content and extended attributes.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="name">Its name.</param>
    /// <param name="info">What the system says of it.</param>
    /// <param name="ancestor">Whether it only leads to sources.</param>
    /// <exception cref="PlatformException">A link cannot be read.</exception>
    public TreeEntry Describe(SourceFolder folder, byte[] name, in ItemInfo info, bool ancestor = false) =>
        entries.Create(name, info, ancestor: ancestor, linkTarget: info.Kind == ItemKind.SymbolicLink ? folder.Open().ReadLink(name) : null);

    /// <summary>Tells that something cannot be read.</summary>
    public void Tell(PlatformException e, string path) => OnFault(SourceFault.From(e, path));

    /// <summary>Closes every folder.</summary>
    public void Dispose() => Open.Dispose();
}
