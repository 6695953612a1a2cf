using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file of a <see cref="HookedFileSystem"/> that is read.</summary>
internal sealed class HookedReadableFile(IReadableFile inner, string path, FileSystemHooks hooks) : IReadableFile
{
    // A hook that acts in the middle of a file needs a middle: the contract allows to read fewer bytes than asked for.
    private const int Piece = 64 * 1024;

    public ItemInfo Opened => inner.Opened;

    public ItemInfo GetInfo()
    {
        hooks.Call?.Invoke("GetInfo");
        return inner.GetInfo();
    }

    public IReadOnlyList<ExtendedAttribute> ReadAttributes()
    {
        hooks.Call?.Invoke("ReadAttributes");
        hooks.ReadAttributes?.Invoke(path);
        return inner.ReadAttributes();
    }

    public int Read(Span<byte> destination, long offset)
    {
        hooks.Call?.Invoke("Read");
        if (hooks.Read is null) return inner.Read(destination, offset);
        hooks.Read(path, offset);
        return inner.Read(destination[..Math.Min(destination.Length, Piece)], offset);
    }

    public IReadOnlyList<FileExtent> GetDataExtents(long size)
    {
        hooks.Call?.Invoke("GetDataExtents");
        return inner.GetDataExtents(size);
    }

    public void AdviseSequential()
    {
        hooks.Call?.Invoke("AdviseSequential");
        inner.AdviseSequential();
    }

    public IReadableFile Unwrap() => inner;

    public void Dispose() => inner.Dispose();
}
