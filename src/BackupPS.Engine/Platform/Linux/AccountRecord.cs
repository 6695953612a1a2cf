using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>The part that struct passwd (48 bytes) and struct group (32 bytes) have in common on 64-bit glibc and musl.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct AccountRecord
{
    [FieldOffset(0)] public byte* Name;
    [FieldOffset(16)] public uint Number;
}
