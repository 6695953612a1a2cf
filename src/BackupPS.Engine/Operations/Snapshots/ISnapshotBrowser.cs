namespace BackupPS.Engine;

/// <summary>
/// A snapshot that is open to be looked through, folder by folder. Items are named by the names that lead to them from the root of all paths. Safe for
/// any number of threads. Whoever got it disposes of it; the engine then keeps the snapshot open for a few seconds, for whoever comes next. Errors are
/// <see cref="BackupException"/>.
/// </summary>
public interface ISnapshotBrowser : IDisposable
{
    /// <summary>The snapshot.</summary>
    string SnapshotId { get; }

    /// <summary>The item of that place; <see langword="null"/> when there is none, and for the root. What lies near an item that was found is mostly found at once, by a task that has ended.</summary>
    /// <param name="names">The names that lead there; they are compared by their bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask<BackupItem?> FindAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>What is in a folder, in the order of the bytes of names, a folder before what is in it. It is read a page at a time, as it is asked for.</summary>
    /// <param name="names">The names that lead to the folder; none: the root.</param>
    /// <param name="depth">1: what is in the folder; more: what is in its folders, too, so many levels.</param>
    /// <param name="onFault">Told of each folder that cannot be read, or not to its end; the others go on.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<BackupItem> ListAsync(IReadOnlyList<string> names, int depth, Action<BackupFault> onFault, CancellationToken cancellationToken);

    /// <summary>The content of a file, as <see cref="BackupEngine.OpenContentAsync"/> gives it.</summary>
    /// <param name="names">The names that lead to the file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<Stream> OpenContentAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);
}
