using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Finishes folders that were filled. Any thread.</summary>
internal sealed class FolderFinisher(
    RestoreRequest request,
    MetadataRestorer metadata,
    OpenedItems opened,
    RestoreCounters counters,
    FaultLog faults,
    Writeback writeback)
{
    /// <summary>Gives a folder its metadata, when all its items are done.</summary>
    public void Finish(RestoreFolder folder)
    {
        writeback.Changed(folder);

        // A folder that was there, and only leads to what is restored, stays as it is.
        byte[] name = TargetName.From(folder.Entry!, folder.Parent!.Entry is null, folder.Path);
        if (!folder.Created && !folder.WasUnfinished && (!folder.Selected || request.Overwrite == OverwriteRule.Never))
        {
            Close(folder, name);
            return;
        }

        IReadOnlyList<ExtendedAttribute> attributes;
        try
        {
            attributes = metadata.ReadAttributesAsync(folder.Entry!, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (BackupException e)
        {
            faults.Add(e.Error, folder.Path, e.Message);
            attributes = [];
        }

        Interlocked.Increment(ref counters.Directories);
        if (!folder.Created && attributes.Count > 0) folder.TryOpenUp();
        try
        {
            folder.Parent.With(above =>
            {
                metadata.Apply(above, name, folder.Path, folder.Entry!, attributes, folder.NewItems, isNew: folder.Created);
                if (!folder.Created) opened.HasMode(above, name);
            });
        }
        catch (BackupException e)
        {
            faults.Add(e.Error, folder.Path, e.Message);
        }
    }

    // One that cannot be closed here is closed at the end.
    private void Close(RestoreFolder folder, byte[] name)
    {
        try
        {
            folder.Parent!.With(above => opened.Close(above, name));
        }
        catch (PlatformException e)
        {
            faults.Add(BackupError.MetadataNotRestored, folder.Path, $"mode: {e.Message}");
        }
    }
}
