using System.Runtime.InteropServices;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The head of <c>struct statx</c>, the same on every architecture (linux/stat.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct LinuxStatus
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(16)] public uint Links;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(40)] public ulong Size;

    public readonly FolderItemKind Kind => (Mode & LinuxCalls.ModeFormat) switch
    {
        LinuxCalls.ModeRegular => FolderItemKind.File,
        LinuxCalls.ModeFolder => FolderItemKind.Folder,
        _ => FolderItemKind.Other,
    };
}
