namespace BackupPS.Engine.Platform.Linux;

/// <summary>What extended attributes are of: a path whose last part is not followed, or a descriptor.</summary>
internal readonly ref struct AttributeTarget
{
    private readonly ReadOnlySpan<byte> _path;
    private readonly DescriptorHandle? _handle;

    /// <summary>A path, ending with NUL.</summary>
    public AttributeTarget(ReadOnlySpan<byte> path) => _path = path;

    /// <summary>An open file or folder.</summary>
    public AttributeTarget(DescriptorHandle handle) => _handle = handle;

    public nint List(Span<byte> names) => _handle is null ? Libc.LListXAttr(_path, names, names.Length) : Libc.FListXAttr(_handle, names, names.Length);

    public nint Get(ReadOnlySpan<byte> name, Span<byte> value) =>
        _handle is null ? Libc.LGetXAttr(_path, name, value, value.Length) : Libc.FGetXAttr(_handle, name, value, value.Length);

    public int Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _handle is null ? Libc.LSetXAttr(_path, name, value, value.Length, 0) : Libc.FSetXAttr(_handle, name, value, value.Length, 0);

    public int Remove(ReadOnlySpan<byte> name) => _handle is null ? Libc.LRemoveXAttr(_path, name) : Libc.FRemoveXAttr(_handle, name);
}
