namespace BackupPS.Cmdlets;

/// <summary>Something on the drive.</summary>
/// <param name="Value">What users get: a repository, policy, snapshot or item.</param>
/// <param name="Path">Where it is.</param>
/// <param name="IsFolder">Whether something can be in it.</param>
internal readonly record struct DriveItem(object Value, DrivePath Path, bool IsFolder);
