using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>What gets metadata: a file through its handle, or anything by its name in a folder.</summary>
internal readonly struct MetadataTarget
{
    private readonly IWritableFile? file;
    private readonly IFolder? folder;
    private readonly byte[] name;

    public MetadataTarget(IWritableFile file)
    {
        this.file = file;
        name = [];
    }

    public MetadataTarget(IFolder folder, byte[] name)
    {
        this.folder = folder;
        this.name = name;
    }

    public ItemInfo GetInfo() => file?.GetInfo() ?? folder!.GetInfo(name);

    public void SetOwner(uint userId, uint groupId)
    {
        if (file is not null) file.SetOwner(userId, groupId);
        else folder!.SetOwner(name, userId, groupId);
    }

    public void SetAttributes(ItemKind kind, IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (file is not null) file.SetAttributes(attributes);
        else folder!.SetAttributes(name, kind, attributes);
    }

    public void SetMode(uint mode)
    {
        if (file is not null) file.SetMode(mode);
        else folder!.SetMode(name, mode);
    }

    public void SetModified(FileTime modified)
    {
        if (file is not null) file.SetModified(modified);
        else folder!.SetModified(name, modified);
    }
}
