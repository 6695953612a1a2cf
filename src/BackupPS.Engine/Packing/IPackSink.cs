namespace BackupPS.Engine.Packing;

/// <summary>Takes full packs.</summary>
internal interface IPackSink
{
    /// <summary>A buffer of <see cref="PackAssembler.PackLength"/> bytes.</summary>
    byte[] RentBuffer();

    /// <summary>Takes a pack, to complete, store and dispose it. Blocks until there is room.</summary>
    void Accept(PackBuilder pack);
}
