namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Metadata that differs from the snapshot.</summary>
/// <param name="Old">As it is.</param>
/// <param name="New">As it shall be.</param>
internal sealed record Mending(ItemState Old, ItemState New);
