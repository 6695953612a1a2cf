using System.Runtime.InteropServices;
using BackupPS.Engine.Platform.Linux;
using BackupPS.Engine.Platform.Portable;

namespace BackupPS.Engine.Platform;

/// <summary>Chooses the implementation for this machine.</summary>
internal static class PlatformFileSystem
{
    /// <summary>libc by bytes on Linux, where the numbers of its calls are known; .NET's own API elsewhere.</summary>
    public static IFileSystem Create()
    {
        bool numbersKnown = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;
        return OperatingSystem.IsLinux() && numbersKnown ? new LinuxFileSystem() : new PortableFileSystem();
    }
}
