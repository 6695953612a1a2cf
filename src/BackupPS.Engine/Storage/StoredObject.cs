namespace BackupPS.Engine.Storage;

/// <summary>A line of a listing.</summary>
/// <param name="Name">The whole name, prefix included.</param>
/// <param name="Length">Length in bytes; below 0 for what stands in an object's place and is none, or cannot be looked at: reading it tells.</param>
internal readonly record struct StoredObject(string Name, long Length)
{
    /// <summary>What is listed of something that is no object, as far as can be seen.</summary>
    public const long NoLength = -1;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => Length >= 0;
}
