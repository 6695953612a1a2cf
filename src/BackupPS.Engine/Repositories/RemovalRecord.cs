using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>That a snapshot was removed, so that a history with a gap can be told from one that was cut.</summary>
internal sealed record RemovalRecord
{
    public required string SnapshotId { get; init; }

    public required string PolicyName { get; init; }

    public required string HostId { get; init; }

    public required string PredecessorId { get; init; }

    public required long Sequence { get; init; }

    public required DateTime Time { get; init; }

    public required DateTime Removed { get; init; }

    public static RemovalRecord Read(JsonFields fields) => new()
    {
        SnapshotId = fields.Text("snapshotId"),
        PolicyName = fields.Text("policyName"),
        HostId = fields.Text("hostId"),
        PredecessorId = fields.Text("predecessorId"),
        Sequence = fields.Number("sequence"),
        Time = fields.Time("time"),
        Removed = fields.Time("removed"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("snapshotId", SnapshotId);
        json.WriteString("policyName", PolicyName);
        json.WriteString("hostId", HostId);
        json.WriteString("predecessorId", PredecessorId);
        json.WriteNumber("sequence", Sequence);
        json.WriteString("time", Time);
        json.WriteString("removed", Removed);
    }
}
