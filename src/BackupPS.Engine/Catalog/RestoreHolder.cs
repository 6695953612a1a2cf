namespace BackupPS.Engine.Catalog;

/// <summary>A folder in which a restore in place keeps a work folder, and the modification time that it has without that.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="Seconds">Seconds since 1970-01-01 UTC.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
internal sealed record RestoreHolder(string Path, long Seconds, int Nanoseconds);
