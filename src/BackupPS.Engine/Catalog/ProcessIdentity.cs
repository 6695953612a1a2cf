using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// A process, told from a later one with the same number by when it started. On Linux the start is exact and needs no clock: boot id, process
/// number namespace, and ticks since boot. Elsewhere it is the time that the kernel recorded.
/// </summary>
/// <param name="ProcessId">Its number.</param>
/// <param name="Start">Opaque: equal for one process only.</param>
internal sealed record ProcessIdentity(int ProcessId, string Start)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current() => new(Environment.ProcessId, StartOf(Environment.ProcessId) ?? "");

    /// <summary>A running process; <see langword="null"/>: there is none of that number.</summary>
    public static ProcessIdentity? Of(int processId) => StartOf(processId) is { } start ? new ProcessIdentity(processId, start) : null;

    /// <summary>
    /// Whether the process is known to have ended. One of another container, whose numbers are not ours, may be running: the answer is then no.
    /// </summary>
    public bool HasEnded()
    {
        if (Start.Length == 0) return false;
        if (OperatingSystem.IsLinux() && Start.Split('/') is [string boot, string space, _] && boot == BootId() && space != NamespaceId()) return false;
        return StartOf(ProcessId) != Start;
    }

    private static string? StartOf(int processId) => OperatingSystem.IsLinux() ? LinuxStartOf(processId) : StartTimeOf(processId);

    private static string? LinuxStartOf(int processId)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // proc(5): the name, in parentheses, may hold anything; the state is the field after it, and starttime is the twentieth.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : $"{BootId()}/{NamespaceId()}/{fields[19]}";
    }

    private static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private static string NamespaceId() => new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";

    private static string? StartTimeOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return null;
        }
        catch (Win32Exception)
        {
            // It exists and belongs to somebody else, so that it is not the one that wrote to this account's catalog.
            return null;
        }
    }
}
