namespace BackupPS.Engine.Platform;

/// <summary>A file that is being written. Disposing closes it; it does not delete it.</summary>
internal interface IWritableFile : IDisposable
{
    /// <summary>Its name in the folder that made it.</summary>
    byte[] Name { get; }

    /// <summary>What the system says of the file now, whatever has its name meanwhile.</summary>
    ItemInfo GetInfo();

    /// <summary>Writes all bytes at a position.</summary>
    void Write(ReadOnlySpan<byte> content, long offset);

    /// <summary>Sets the length; what was not written is a hole.</summary>
    void SetLength(long length);

    /// <summary>Makes the content that of another file without copying it: the two share blocks on disk until one is written to.</summary>
    /// <returns><see langword="false"/> where the file system cannot; nothing has changed then.</returns>
    bool TryClone(IReadableFile source);

    /// <summary>Makes a range a hole, which reads as zeros; the size stays.</summary>
    /// <returns><see langword="false"/> where the file system cannot; nothing has changed then.</returns>
    bool TryPunchHole(long offset, long length);

    /// <summary>Locks the file against every other handle that asks for it, until this one is closed.</summary>
    /// <returns><see langword="false"/>: another has it.</returns>
    bool TryLock();

    /// <summary>Sets owner and group through the handle.</summary>
    void SetOwner(uint userId, uint groupId);

    /// <summary>Sets the 12 mode bits through the handle.</summary>
    void SetMode(uint mode);

    /// <summary>Replaces the extended attributes through the handle.</summary>
    void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes);

    /// <summary>Sets the modification time through the handle, after the last write.</summary>
    void SetModified(FileTime modified);

    /// <summary>Makes content and metadata durable.</summary>
    void Sync();
}
