using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>struct statx (linux/stat.h): 256 bytes, the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxResult
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(8)] public ulong Attributes;
    [FieldOffset(16)] public uint LinkCount;
    [FieldOffset(20)] public uint UserId;
    [FieldOffset(24)] public uint GroupId;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public long Size;
    [FieldOffset(48)] public long Blocks;
    [FieldOffset(96)] public long ChangedSeconds;
    [FieldOffset(104)] public int ChangedNanoseconds;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public int ModifiedNanoseconds;
    [FieldOffset(128)] public uint NodeMajor;
    [FieldOffset(132)] public uint NodeMinor;
    [FieldOffset(136)] public uint DeviceMajor;
    [FieldOffset(140)] public uint DeviceMinor;
    [FieldOffset(144)] public ulong MountId;

    private const ulong MountRoot = 0x2000; // STATX_ATTR_MOUNT_ROOT
    private const ulong Immutable = 0x10, AppendOnly = 0x20; // STATX_ATTR_IMMUTABLE, STATX_ATTR_APPEND

    // st_blocks counts in 512 bytes whatever the block size of the file system is.
    private const int BlockSize = 512;

    /// <summary>The same in the engine's terms.</summary>
    /// <exception cref="PlatformException">The item is of an unknown type.</exception>
    public readonly ItemInfo ToItemInfo() => TryGetItemInfo(out ItemInfo info) ? info : throw UnknownType();

    /// <summary>The same in the engine's terms; <see langword="false"/> when the item is of an unknown type.</summary>
    public readonly bool TryGetItemInfo(out ItemInfo info)
    {
        info = default;
        info.Kind = (Mode & 0xF000) switch
        {
            0x8000 => ItemKind.File,
            0x4000 => ItemKind.Directory,
            0xA000 => ItemKind.SymbolicLink,
            0x1000 => ItemKind.Fifo,
            0xC000 => ItemKind.Socket,
            0x2000 => ItemKind.CharacterDevice,
            0x6000 => ItemKind.BlockDevice,
            _ => 0,
        };
        info.Mode = Mode & 0xFFFu;
        info.UserId = UserId;
        info.GroupId = GroupId;
        info.Size = Size;
        info.AllocatedSize = Blocks * BlockSize;
        info.Modified = new FileTime(ModifiedSeconds, ModifiedNanoseconds);
        info.Changed = new FileTime(ChangedSeconds, ChangedNanoseconds);
        info.Inode = Inode;
        info.Device = ((ulong)DeviceMajor << 32) | DeviceMinor;
        info.LinkCount = LinkCount;
        info.MountId = (Mask & Libc.StatxMountId) != 0 ? MountId : 0;
        info.IsMountRoot = (Attributes & MountRoot) != 0;
        info.IsFixed = (Attributes & (Immutable | AppendOnly)) != 0;
        info.NodeMajor = NodeMajor;
        info.NodeMinor = NodeMinor;
        return info.Kind != 0;
    }

    /// <summary>What to say of an item for which <see cref="TryGetItemInfo"/> has failed.</summary>
    public readonly PlatformException UnknownType() => new(PlatformFailure.NotSupported, $"The item has a type that is not known (mode 0x{Mode:x}).");
}
