namespace BackupPS.Soak.Volumes;

/// <summary>A folder, where nobody may mount anything.</summary>
internal sealed class PlainVolume(string folder) : IVolume
{
    public string Folder => folder;

    public bool HasTrouble => false;

    public void Fill(long left) => throw new NotSupportedException();

    public void Empty() => throw new NotSupportedException();

    public Task<bool> TrySetReadOnlyAsync(bool readOnly) => throw new NotSupportedException();

    public Task<IVolume?> CutPowerAsync() => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
