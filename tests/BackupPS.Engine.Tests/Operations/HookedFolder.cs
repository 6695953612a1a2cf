using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A folder of a <see cref="HookedFileSystem"/>.</summary>
internal sealed class HookedFolder(IFolder inner, string path, FileSystemHooks hooks) : IFolder
{
    public void ReadNames(NameList names)
    {
        hooks.Call?.Invoke("ReadNames");
        hooks.ReadNames?.Invoke(path);
        inner.ReadNames(names);
    }

    public void GetInfos(NameList names, int first, Span<ItemInfo> infos, Action<int, PlatformException> onFailure)
    {
        hooks.Call?.Invoke("GetInfos");
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

    public ItemInfo GetInfo()
    {
        hooks.Call?.Invoke("GetInfo");
        return inner.GetInfo();
    }

    public ItemInfo GetInfo(byte[] name)
    {
        hooks.Call?.Invoke("GetInfo");
        hooks.GetInfo?.Invoke(PathOf(name));
        return inner.GetInfo(name);
    }

    public bool TryGetInfo(byte[] name, out ItemInfo info)
    {
        hooks.Call?.Invoke("TryGetInfo");
        return inner.TryGetInfo(name, out info);
    }

    public IFolder OpenFolder(byte[] name)
    {
        hooks.Call?.Invoke("OpenFolder");
        hooks.OpenFolder?.Invoke(PathOf(name));
        return new HookedFolder(inner.OpenFolder(name), PathOf(name), hooks);
    }

    public IReadableFile OpenFile(byte[] name)
    {
        hooks.Call?.Invoke("OpenFile");
        string file = PathOf(name);
        hooks.OpenFile?.Invoke(file);
        IReadableFile opened = inner.OpenFile(name);
        hooks.FileOpened(file);
        return new HookedReadableFile(opened, file, hooks);
    }

    public byte[] ReadLink(byte[] name)
    {
        hooks.Call?.Invoke("ReadLink");
        hooks.ReadLink?.Invoke(PathOf(name));
        return inner.ReadLink(name);
    }

    public IReadOnlyList<ExtendedAttribute> ReadAttributes(byte[] name, ItemKind kind)
    {
        hooks.Call?.Invoke("ReadAttributes");
        hooks.ReadAttributes?.Invoke(PathOf(name));
        return inner.ReadAttributes(name, kind);
    }

    public IReadOnlyList<ExtendedAttribute> ReadAttributes()
    {
        hooks.Call?.Invoke("ReadAttributes");
        hooks.ReadFolderAttributes?.Invoke(path);
        return inner.ReadAttributes();
    }

    public void CreateFolder(byte[] name, uint mode)
    {
        hooks.BeforeChange("CreateFolder", path);
        inner.CreateFolder(name, mode);
    }

    public IWritableFile CreateTemporaryFile()
    {
        hooks.BeforeChange("CreateTemporaryFile", path);
        return new HookedWritableFile(inner.CreateTemporaryFile(), path, hooks);
    }

    public IWritableFile? TryCreateFile(byte[] name, uint mode)
    {
        hooks.BeforeChange("TryCreateFile", path);
        hooks.Rename?.Invoke(PathOf(name));
        return inner.TryCreateFile(name, mode) is { } file ? new HookedWritableFile(file, path, hooks) : null;
    }

    public IWritableFile OpenForWriting(byte[] name)
    {
        hooks.BeforeChange("OpenForWriting", path);
        return new HookedWritableFile(inner.OpenForWriting(name), path, hooks);
    }

    public void CreateSymbolicLink(byte[] name, byte[] target)
    {
        hooks.BeforeChange("CreateSymbolicLink", path);
        inner.CreateSymbolicLink(name, target);
    }

    public void CreateHardLink(IFolder existingFolder, byte[] existingName, byte[] name)
    {
        hooks.BeforeChange("CreateHardLink", path);
        hooks.CreateHardLink?.Invoke(path);
        inner.CreateHardLink(((HookedFolder)existingFolder).Unwrap(), existingName, name);
    }

    public void CreateNode(byte[] name, ItemKind kind, uint deviceMajor, uint deviceMinor)
    {
        hooks.BeforeChange("CreateNode", path);
        inner.CreateNode(name, kind, deviceMajor, deviceMinor);
    }

    public void Rename(byte[] from, byte[] to, bool replace)
    {
        hooks.BeforeChange("Rename", path);
        hooks.Rename?.Invoke(PathOf(to));
        inner.Rename(from, to, replace);
    }

    public void Move(byte[] from, IFolder toFolder, byte[] to, bool replace)
    {
        hooks.BeforeChange("Move", path);
        var target = (HookedFolder)toFolder;
        hooks.Rename?.Invoke(target.PathOf(to));
        inner.Move(from, target.Unwrap(), to, replace);
    }

    public void Delete(byte[] name)
    {
        hooks.BeforeChange("Delete", path);
        inner.Delete(name);
    }

    public void DeleteFolder(byte[] name)
    {
        hooks.BeforeChange("DeleteFolder", path);
        inner.DeleteFolder(name);
    }

    public void SetOwner(byte[] name, uint userId, uint groupId)
    {
        hooks.BeforeChange("SetOwner", path);
        inner.SetOwner(name, userId, groupId);
    }

    public void SetMode(byte[] name, uint mode)
    {
        hooks.BeforeChange("SetMode", path);
        inner.SetMode(name, mode);
    }

    public void SetAttributes(byte[] name, ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes)
    {
        hooks.BeforeChange("SetAttributes", path);
        inner.SetAttributes(name, kind, attributes);
    }

    public void SetWindowsAttributes(byte[] name, uint attributes)
    {
        hooks.BeforeChange("SetWindowsAttributes", path);
        inner.SetWindowsAttributes(name, attributes);
    }

    public void SetModified(byte[] name, FileTime modified)
    {
        hooks.BeforeChange("SetModified", path);
        inner.SetModified(name, modified);
    }

    public void SetModified(FileTime modified)
    {
        hooks.BeforeChange("SetModified", path);
        inner.SetModified(modified);
    }

    public bool TrySync()
    {
        hooks.BeforeChange("TrySync", path);
        hooks.SyncItem?.Invoke(path);
        return inner.TrySync();
    }

    public void SyncFileSystem()
    {
        hooks.BeforeChange("SyncFileSystem", path);
        hooks.Sync?.Invoke();
        inner.SyncFileSystem();
    }

    public long GetFreeSpace() => hooks.FreeSpace?.Invoke() ?? inner.GetFreeSpace();

    public void Dispose() => inner.Dispose();

    private IFolder Unwrap() => inner;

    private string PathOf(byte[] name) => $"{path.TrimEnd('/')}/{PathText.FromBytes(name)}";
}
