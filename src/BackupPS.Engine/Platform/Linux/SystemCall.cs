using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>
/// Numbers of calls that not every libc has a function for: glibc got statx and renameat2 with 2.28, getdents64 with 2.30 and mknodat with
/// 2.33, musl statx with 1.2.5; .NET 10 runs on older ones.
/// </summary>
internal static class SystemCall
{
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static nint GetDents64 => IsArm64 ? 61 : 217;

    // Numbers from 424 on are the same on every architecture. Linux 6.13.
    public static nint ListXAttrAt => 465;

    public static nint MkNodAt => IsArm64 ? 33 : 259;

    public static nint RenameAt2 => IsArm64 ? 276 : 316;

    public static nint Statx => IsArm64 ? 291 : 332;
}
