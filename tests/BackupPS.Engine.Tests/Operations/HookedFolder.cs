using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A folder of a <see cref="HookedFileSystem"/>.</summary>
internal sealed class HookedFolder(IFolder inner, string path, FileSystemHooks hooks) : IFolder
{
    public void ReadNames(NameList names)
    {
        hooks.ReadNames?.Invoke(path);
        inner.ReadNames(names);
    }

    public void GetInfos(NameList names, int first, Span<ItemInfo> infos, Action<int, PlatformException> onFailure)
    {
        for (int i = 0; hooks.GetInfo is not null && i < infos.Length; i++)
        {
            try
            {
                hooks.GetInfo(PathOf(names[first + i].ToArray()));
            }
            catch (PlatformException e)
            {
                onFailure(first + i, e);
            }
        }

        inner.GetInfos(names, first, infos, onFailure);
    }

    public ItemInfo GetInfo() => inner.GetInfo();

    public ItemInfo GetInfo(byte[] name)
    {
        hooks.GetInfo?.Invoke(PathOf(name));
        return inner.GetInfo(name);
    }

    public bool TryGetInfo(byte[] name, out ItemInfo info) => inner.TryGetInfo(name, out info);

    public IFolder OpenFolder(byte[] name)
    {
        hooks.OpenFolder?.Invoke(PathOf(name));
        return new HookedFolder(inner.OpenFolder(name), PathOf(name), hooks);
    }

    public IReadableFile OpenFile(byte[] name)
    {
        string file = PathOf(name);
        hooks.OpenFile?.Invoke(file);
        IReadableFile opened = inner.OpenFile(name);
        hooks.FileOpened(file);
        return new HookedReadableFile(opened, file, hooks);
    }

    public byte[] ReadLink(byte[] name)
    {
        hooks.ReadLink?.Invoke(PathOf(name));
        return inner.ReadLink(name);
    }

    public IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind) => inner.ReadAttributes(name, kind);

    public IReadOnlyList<ExtendedAttribute> ReadAttributes()
    {
        hooks.ReadFolderAttributes?.Invoke(path);
        return inner.ReadAttributes();
    }

    public void CreateFolder(byte[] name, uint mode) => Change("CreateFolder", name, () => inner.CreateFolder(name, mode));

    public IWritableFile CreateTemporaryFile()
    {
        hooks.Changing?.Invoke($"CreateTemporaryFile {path}");
        return new HookedWritableFile(inner.CreateTemporaryFile(), path, hooks);
    }

    public IWritableFile? TryCreateFile(byte[] name, uint mode)
    {
        hooks.Changing?.Invoke($"TryCreateFile {PathOf(name)}");
        hooks.Rename?.Invoke(PathOf(name));
        return inner.TryCreateFile(name, mode) is { } file ? new HookedWritableFile(file, path, hooks) : null;
    }

    public void CreateSymbolicLink(byte[] name, byte[] target) => Change("CreateSymbolicLink", name, () => inner.CreateSymbolicLink(name, target));

    public void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name)
    {
        hooks.Changing?.Invoke($"CreateHardLink {PathOf(name)}");
        hooks.CreateHardLink?.Invoke(path);
        inner.CreateHardLink(((HookedFolder)existingFolder).Unwrap(), existingName, name);
    }

    public void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor) => Change("CreateNode", name, () => inner.CreateNode(name, kind, deviceMajor, deviceMinor));

    public void Rename(byte[] from, byte[] to, bool replace)
    {
        hooks.Changing?.Invoke($"Rename {PathOf(to)}");
        hooks.Rename?.Invoke(PathOf(to));
        inner.Rename(from, to, replace);
    }

    public void Delete(byte[] name) => Change("Delete", name, () => inner.Delete(name));

    public void DeleteFolder(byte[] name) => Change("DeleteFolder", name, () => inner.DeleteFolder(name));

    public void SetOwner(byte[] name, uint userId, uint groupId) => Change("SetOwner", name, () => inner.SetOwner(name, userId, groupId));

    public void SetMode(byte[] name, uint mode) => Change("SetMode", name, () => inner.SetMode(name, mode));

    public void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes) => Change("SetAttributes", name, () => inner.SetAttributes(name, kind, attributes));

    public void SetWindowsAttributes(byte[] name, uint attributes) => Change("SetWindowsAttributes", name, () => inner.SetWindowsAttributes(name, attributes));

    public void SetModified(byte[] name, FileTime modified) => Change("SetModified", name, () => inner.SetModified(name, modified));

    public bool TrySync()
    {
        hooks.Changing?.Invoke($"TrySync {path}");
        hooks.SyncItem?.Invoke(path);
        return inner.TrySync();
    }

    public void SyncFileSystem()
    {
        hooks.Changing?.Invoke($"SyncFileSystem {path}");
        hooks.Sync?.Invoke();
        inner.SyncFileSystem();
    }

    public long GetFreeSpace() => hooks.FreeSpace?.Invoke() ?? inner.GetFreeSpace();

    public void Dispose() => inner.Dispose();

    private void Change(string call, byte[] name, Action change)
    {
        hooks.Changing?.Invoke($"{call} {PathOf(name)}");
        change();
    }

    private IFolder Unwrap() => inner;

    private string PathOf(byte[] name) => $"{path.TrimEnd('/')}/{PathText.FromBytes(name)}";
}
