using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>That somebody carries a retirement on: until it is gone, what was decided about the retirement's packs binds everybody.</summary>
internal sealed record SweeperRecord
{
    public required string HostName { get; init; }

    public required string HostId { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>When the process began, in the form of its host: tells it from a later one with the same number.</summary>
    public required string ProcessStart { get; init; }

    public required DateTime Started { get; init; }

    public static SweeperRecord Read(JsonFields fields) => new()
    {
        HostName = fields.Text("hostName"),
        HostId = fields.Text("hostId"),
        ProcessId = fields.Small("processId"),
        ProcessStart = fields.Text("processStart"),
        Started = fields.Time("started"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("hostName", HostName);
        json.WriteString("hostId", HostId);
        json.WriteNumber("processId", ProcessId);
        json.WriteString("processStart", ProcessStart);
        json.WriteString("started", Started);
    }
}
