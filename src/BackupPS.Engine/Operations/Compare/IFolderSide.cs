using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>One of the two sides of a comparison, in one folder: its items one by one in the order of their names.</summary>
internal interface IFolderSide : IDisposable
{
    /// <summary>Where the folder is on this host; <see langword="null"/>: it is in a snapshot.</summary>
    SourceFolder? Place { get; }

    /// <summary>The next item; <see langword="null"/> at the end. Of one that could not be looked at only the name is known: it has no kind.</summary>
    /// <exception cref="BackupException">The rest of the folder cannot be read.</exception>
    ValueTask<TreeEntry?> NextAsync(CancellationToken cancellationToken);

    /// <summary>Whether an item that only this side has is passed over: the policy does not save it.</summary>
    /// <param name="entry">The item that <see cref="NextAsync"/> has returned last.</param>
    /// <param name="path">Its absolute path.</param>
    bool Omits(TreeEntry entry, string path);

    /// <summary>Goes into a folder.</summary>
    /// <param name="entry">The folder, which <see cref="NextAsync"/> has returned last.</param>
    /// <param name="path">Its absolute path.</param>
    /// <returns><see langword="null"/>: what is in it cannot be told.</returns>
    IFolderSide? TryEnter(TreeEntry entry, string path);
}
