namespace BackupPS.Engine.Platform;

/// <summary>A range of a file.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct FileExtent(long Offset, long Length);
