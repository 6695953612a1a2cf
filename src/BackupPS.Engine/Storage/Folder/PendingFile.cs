namespace BackupPS.Engine.Storage.Folder;

/// <summary>A file that is being written and has no object's name yet. Disposed before it was published, it leaves nothing.</summary>
internal abstract class PendingFile : IDisposable
{
    /// <summary>Appends bytes.</summary>
    public abstract void Write(ReadOnlySpan<byte> content);

    /// <summary>Makes the content durable, gives it its name, and makes that durable.</summary>
    public abstract PublishOutcome Publish();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file and removes what was not published.</summary>
    protected abstract void Dispose(bool disposing);
}
