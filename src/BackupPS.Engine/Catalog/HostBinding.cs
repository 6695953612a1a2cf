using System.Buffers;
using System.Text;
using System.Text.Json;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Catalog;

/// <summary>Which machine an id of a host was drawn for.</summary>
/// <param name="HostId">The id.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Place">What tells the file of the id from a copy of it: inode and time of the last change on Linux, the time of its creation elsewhere.</param>
internal sealed record HostBinding(string HostId, MachineFacts Machine, string Place)
{
    /// <summary>The binding of an id to this machine.</summary>
    /// <param name="hostId">The id.</param>
    /// <param name="machine">This machine.</param>
    /// <param name="file">The file that holds the id.</param>
    public static HostBinding Here(string hostId, MachineFacts machine, string file) => new(hostId, machine, PlaceOf(file));

    /// <summary>
    /// Whether this binding, of a moment ago or of years, is of the machine that another was made on now. Another id of the installation or of the hardware is
    /// another machine: a clone of the whole disk differs in the latter alone, and the original may still be running. One that moved to new hardware is told how
    /// to go on as what it was. With the same ids, a machine has the same name; or it was renamed, and then the file is where it was.
    /// </summary>
    public bool IsOf(HostBinding now)
    {
        if (Differ(Machine.MachineId, now.Machine.MachineId) || Differ(Machine.HardwareId, now.Machine.HardwareId)) return false;
        return string.Equals(Machine.HostName, now.Machine.HostName, StringComparison.OrdinalIgnoreCase) || Place == now.Place;
    }

    /// <summary>What is to be kept of this binding and a later one of the same machine: what cannot be told now is as it was.</summary>
    public HostBinding With(HostBinding now) => now with
    {
        Machine = now.Machine with
        {
            MachineId = now.Machine.MachineId.Length > 0 ? now.Machine.MachineId : Machine.MachineId,
            HardwareId = now.Machine.HardwareId.Length > 0 ? now.Machine.HardwareId : Machine.HardwareId,
        },
    };

    /// <summary>As it stands in its file.</summary>
    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        json.WriteString("hostId", HostId);
        json.WriteString("hostName", PathText.Escape(Machine.HostName));
        json.WriteString("machineId", Machine.MachineId);
        json.WriteString("hardwareId", Machine.HardwareId);
        json.WriteString("place", Place);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The binding in a file; <see langword="null"/> where it is none.</summary>
    public static HostBinding? Read(byte[] content)
    {
        try
        {
            return JsonFields.Read(content, static fields => new HostBinding(
                fields.Text("hostId"),
                new MachineFacts(PathText.Unescape(fields.Text("hostName")), fields.Text("machineId"), fields.Text("hardwareId")),
                fields.Text("place")));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    private static bool Differ(string one, string other) => one.Length > 0 && other.Length > 0 && one != other;

    private static string PlaceOf(string file)
    {
        if (!OperatingSystem.IsLinux()) return File.GetCreationTimeUtc(file).Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            ItemInfo info = PlatformFileSystem.Create().GetInfo(file);
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{info.Inode}:{info.Changed.Seconds}.{info.Changed.Nanoseconds}");
        }
        catch (PlatformException)
        {
            return "";
        }
    }
}
