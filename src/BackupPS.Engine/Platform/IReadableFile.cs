namespace BackupPS.Engine.Platform;

/// <summary>A file open for reading.</summary>
internal interface IReadableFile : IDisposable
{
    /// <summary>Metadata through the handle, as it was when the file was opened, before anything was read.</summary>
    ItemInfo Opened { get; }

    /// <summary>Metadata through the handle, as it is now.</summary>
    ItemInfo GetInfo();

    /// <summary>Extended attributes through the handle, as <see cref="IFolder.ReadAttributes(byte[], ItemKind)"/> has them, and cheaper.</summary>
    IReadOnlyList<ExtendedAttribute> ReadAttributes();

    /// <summary>Reads at a position; 0 at the end. May return fewer bytes than asked for.</summary>
    int Read(Span<byte> destination, long offset);

    /// <summary>The ranges up to <paramref name="size"/> that hold data, in order. One range where the file system knows no holes.</summary>
    IReadOnlyList<FileExtent> GetDataExtents(long size);

    /// <summary>Tells the system that the file will be read once from start to end.</summary>
    void AdviseSequential();
}
