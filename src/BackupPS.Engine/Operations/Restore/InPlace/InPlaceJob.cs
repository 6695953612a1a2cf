namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>An item, not a folder, that is to be compared and restored.</summary>
/// <param name="Folder">Where it belongs; held open by the job.</param>
/// <param name="Job">The item in the snapshot.</param>
internal sealed record InPlaceJob(TargetFolder Folder, RestoreJob Job);
