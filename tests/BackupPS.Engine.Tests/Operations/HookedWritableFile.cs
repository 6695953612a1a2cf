using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file of a <see cref="HookedFileSystem"/> that is written.</summary>
internal sealed class HookedWritableFile(IWritableFile inner, string folder, FileSystemHooks hooks) : IWritableFile
{
    public byte[] Name => inner.Name;

    public ItemInfo GetInfo() => inner.GetInfo();

    public void Write(ReadOnlySpan<byte> content, long offset)
    {
        hooks.Write?.Invoke(folder, offset);
        if (hooks.Corrupt is null)
        {
            inner.Write(content, offset);
            return;
        }

        byte[] copy = content.ToArray();
        hooks.Corrupt(folder, offset, copy);
        inner.Write(copy, offset);
    }

    public void SetLength(long length) => inner.SetLength(length);

    public void SetOwner(uint userId, uint groupId) => inner.SetOwner(userId, groupId);

    public void SetMode(uint mode) => inner.SetMode(mode);

    public void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes) => inner.SetAttributes(attributes);

    public void SetModified(FileTime modified) => inner.SetModified(modified);

    public void Sync()
    {
        hooks.SyncItem?.Invoke($"{folder}/{PathText.FromBytes(Name)}");
        inner.Sync();
    }

    public void Dispose() => inner.Dispose();
}
