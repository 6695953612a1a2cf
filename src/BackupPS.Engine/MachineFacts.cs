using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32;

namespace BackupPS.Engine;

/// <summary>What tells this machine from others. Each is empty where the system does not tell it.</summary>
/// <param name="HostName">Its name.</param>
/// <param name="MachineId">A hash of the id of its installation: <c>/etc/machine-id</c>, MachineGuid on Windows, IOPlatformUUID on macOS. Clones often have the same.</param>
/// <param name="HardwareId">A hash of the id of the hardware, real or virtual, which only root may read on Linux. A clone has another; a container has none of its own.</param>
internal sealed partial record MachineFacts(string HostName, string MachineId, string HardwareId)
{
    /// <summary>Asks the system: some small files, or a key of the registry.</summary>
    public static MachineFacts Read()
    {
        if (OperatingSystem.IsWindows()) return new MachineFacts(Environment.MachineName, Hash(ReadMachineGuid()), "");
        if (OperatingSystem.IsMacOS()) return new MachineFacts(Environment.MachineName, Hash(ReadPlatformId()), "");
        return new MachineFacts(
            Environment.MachineName,
            Hash(ReadLine("/etc/machine-id") is { Length: > 0 } id ? id : ReadLine("/var/lib/dbus/machine-id")),
            IsContainer() ? "" : Hash(ReadLine("/sys/class/dmi/id/product_uuid")));
    }

    // The ids themselves are not for files of ours: programs derive secrets from them.
    private static string Hash(string id) =>
        id.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("BackupPS machine " + id)).AsSpan(0, 16));

    // In one, the hardware is that of whichever node runs it today.
    private static bool IsContainer() =>
        File.Exists("/.dockerenv") || File.Exists("/run/.containerenv") || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null;

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [SupportedOSPlatform("windows")]
    private static string ReadMachineGuid()
    {
        try
        {
            using RegistryKey? key = Registry.LocalMachine.OpenSubKey(@"SOFTWARE\Microsoft\Cryptography");
            return key?.GetValue("MachineGuid") as string ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return "";
        }
    }

    private static string ReadPlatformId()
    {
        const int length = 16;
        Span<byte> id = stackalloc byte[length];
        ReadOnlySpan<long> second = [1, 0];
        return GetHostUuid(ref MemoryMarshal.GetReference(id), in MemoryMarshal.GetReference(second)) == 0 ? Convert.ToHexStringLower(id) : "";
    }

    [LibraryImport("libSystem.dylib", EntryPoint = "gethostuuid")]
    private static partial int GetHostUuid(ref byte id, in long wait);
}
