using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file of a <see cref="HookedFileSystem"/> that is written.</summary>
internal sealed class HookedWritableFile(IWritableFile inner, string folder, FileSystemHooks hooks) : IWritableFile
{
    public byte[] Name => inner.Name;

    public ItemInfo GetInfo() => inner.GetInfo();

    public void Write(ReadOnlySpan<byte> content, long offset)
    {
        Changing("Write");
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

    public void SetLength(long length)
    {
        Changing("SetLength");
        inner.SetLength(length);
    }

    public void SetOwner(uint userId, uint groupId)
    {
        Changing("SetOwner");
        inner.SetOwner(userId, groupId);
    }

    public void SetMode(uint mode)
    {
        Changing("SetMode");
        inner.SetMode(mode);
    }

    public void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes)
    {
        Changing("SetAttributes");
        inner.SetAttributes(attributes);
    }

    public void SetModified(FileTime modified)
    {
        Changing("SetModified");
        inner.SetModified(modified);
    }

    public void Sync()
    {
        Changing("Sync");
        hooks.SyncItem?.Invoke($"{folder}/{PathText.FromBytes(Name)}");
        inner.Sync();
    }

    public void Dispose() => inner.Dispose();

    private void Changing(string call) => hooks.Changing?.Invoke($"{call} in {folder}");
}
