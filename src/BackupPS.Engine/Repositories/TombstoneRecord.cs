using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>At a snapshot's name in place of one: its session was fenced off, or it was removed while its session object stood.</summary>
internal sealed record TombstoneRecord
{
    /// <summary><c>fenced</c> or <c>removed</c>.</summary>
    public required string Reason { get; init; }

    public required DateTime Time { get; init; }

    public static TombstoneRecord Read(JsonFields fields) => new()
    {
        Reason = fields.Text("reason"),
        Time = fields.Time("time"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("reason", Reason);
        json.WriteString("time", Time);
    }
}
