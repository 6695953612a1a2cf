using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Where a restore in place that was interrupted, or is under way, has a work folder.</summary>
/// <param name="Holder">Absolute path of the folder that holds it.</param>
/// <param name="RunId">Whose it is.</param>
/// <param name="Record">What is remembered of that restore here; <see langword="null"/>: nothing.</param>
internal sealed record LeftWork(string Holder, string RunId, RestoreRecord? Record);
