namespace BackupPS.Engine.Packing;

/// <summary>Takes full packs.</summary>
internal interface IPackSink
{
    /// <summary>Takes a pack, to complete, store and dispose it. Blocks until there is room.</summary>
    void Accept(PackBuilder pack);
}
