namespace BackupPS.Engine.Packing;

/// <summary>Kinds of blobs, and of the packs that hold them: data and trees never share a pack. The numbers are those of the format.</summary>
internal enum BlobKind : byte
{
    /// <summary>A piece of a file's content.</summary>
    Data = 1,
    /// <summary>A page of a tree, a list of pages, a list of blobs, or a set of attributes.</summary>
    Tree = 2,
}
