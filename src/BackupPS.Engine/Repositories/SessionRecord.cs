using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>That somebody writes.</summary>
internal sealed record SessionRecord
{
    public required string HostName { get; init; }

    public required string HostId { get; init; }

    public required string UserName { get; init; }

    public required int ProcessId { get; init; }

    public required string PolicyName { get; init; }

    public required DateTime Started { get; init; }

    public static SessionRecord Read(JsonFields fields) => new()
    {
        HostName = fields.Text("hostName"),
        HostId = fields.Text("hostId"),
        UserName = fields.Text("userName"),
        ProcessId = fields.Small("processId"),
        PolicyName = fields.Text("policyName"),
        Started = fields.Time("started"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("hostName", HostName);
        json.WriteString("hostId", HostId);
        json.WriteString("userName", UserName);
        json.WriteNumber("processId", ProcessId);
        json.WriteString("policyName", PolicyName);
        json.WriteString("started", Started);
    }
}
