using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file of a <see cref="HookedFileSystem"/> that is read.</summary>
internal sealed class HookedReadableFile(IReadableFile inner, string path, FileSystemHooks hooks) : IReadableFile
{
    // A hook that acts in the middle of a file needs a middle: the contract allows to read fewer bytes than asked for.
    private const int Piece = 64 * 1024;

    public ItemInfo Opened => inner.Opened;

    public ItemInfo GetInfo() => inner.GetInfo();

    public IReadOnlyList<ExtendedAttribute> ReadAttributes() => inner.ReadAttributes();

    public int Read(Span<byte> destination, long offset)
    {
        if (hooks.Read is null) return inner.Read(destination, offset);
        hooks.Read(path, offset);
        return inner.Read(destination[..Math.Min(destination.Length, Piece)], offset);
    }

    public IReadOnlyList<FileExtent> GetDataExtents(long size) => inner.GetDataExtents(size);

    public void AdviseSequential() => inner.AdviseSequential();

    public void Dispose() => inner.Dispose();
}
