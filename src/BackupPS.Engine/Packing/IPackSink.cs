namespace BackupPS.Engine.Packing;

/// <summary>Takes finished packs.</summary>
internal interface IPackSink
{
    /// <summary>A buffer of <see cref="PackAssembler.PackLength"/> bytes.</summary>
    byte[] RentBuffer();

    /// <summary>Takes a pack and its buffer. May block until there is room.</summary>
    void Accept(PackDescription pack, byte[] buffer);
}
