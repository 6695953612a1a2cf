namespace BackupPS.Soak.Volumes;

/// <summary>The disk that holds the repository.</summary>
internal interface IVolume : IAsyncDisposable
{
    /// <summary>Its folder.</summary>
    string Folder { get; }

    /// <summary>Whether it can fill up, turn read-only and lose its power.</summary>
    bool HasTrouble { get; }

    /// <summary>Takes all space but so many bytes.</summary>
    void Fill(long left);

    /// <summary>Gives it back.</summary>
    void Empty();

    /// <summary>Turns it read-only, or back.</summary>
    /// <returns><see langword="false"/>: somebody has a file open for writing.</returns>
    Task<bool> TrySetReadOnlyAsync(bool readOnly);

    /// <summary>What is on the disk if the power goes now, without what the kernel has not written to it yet; <see langword="null"/>: the kernel was writing all the time.</summary>
    Task<IVolume?> CutPowerAsync();
}
