using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A file of a <see cref="HookedFileSystem"/> that is written.</summary>
internal sealed class HookedWritableFile(IWritableFile inner, string folder, FileSystemHooks hooks) : IWritableFile
{
    public byte[] Name => inner.Name;

    public ItemInfo GetInfo()
    {
        hooks.Call?.Invoke("GetInfo");
        return inner.GetInfo();
    }

    public void Write(ReadOnlySpan<byte> content, long offset)
    {
        hooks.BeforeChange("Write", folder);
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
        hooks.BeforeChange("SetLength", folder);
        inner.SetLength(length);
    }

    public bool TryClone(IReadableFile source)
    {
        hooks.BeforeChange("TryClone", folder);
        IReadableFile there = ((HookedReadableFile)source).Unwrap();
        if (hooks.Cloned is null) return inner.TryClone(there);
        byte[] content = new byte[there.GetInfo().Size];
        for (int at = 0, read; (read = there.Read(content.AsSpan(at), at)) > 0; at += read) inner.Write(content.AsSpan(at, read), at);
        hooks.Cloned();
        return true;
    }

    public bool TryPunchHole(long offset, long length)
    {
        hooks.BeforeChange("TryPunchHole", folder);
        return inner.TryPunchHole(offset, length);
    }

    public bool TryLock()
    {
        hooks.Call?.Invoke("TryLock");
        return inner.TryLock();
    }

    public void SetOwner(uint userId, uint groupId)
    {
        hooks.BeforeChange("SetOwner", folder);
        inner.SetOwner(userId, groupId);
    }

    public void SetMode(uint mode)
    {
        hooks.BeforeChange("SetMode", folder);
        inner.SetMode(mode);
    }

    public void SetAttributes(IReadOnlyList<ExtendedAttribute> attributes)
    {
        hooks.BeforeChange("SetAttributes", folder);
        inner.SetAttributes(attributes);
    }

    public void SetModified(FileTime modified)
    {
        hooks.BeforeChange("SetModified", folder);
        inner.SetModified(modified);
    }

    public void Sync()
    {
        hooks.BeforeChange("Sync", folder);
        hooks.SyncItem?.Invoke($"{folder}/{PathText.FromBytes(Name)}");
        inner.Sync();
    }

    public void Dispose() => inner.Dispose();
}
