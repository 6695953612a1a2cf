using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// One event as a JSON object. Members that say nothing are left out; paths and texts are written by <see cref="PathText.Escape"/>: JSON carries valid Unicode
/// only, and a path may hold any byte.
/// </summary>
internal static class EventLine
{
    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, BackupEvent item)
    {
        json.WriteStartObject();
        json.WriteString("time", item.Time.UtcDateTime);
        json.WriteString("run", item.RunId);
        json.WriteNumber("sequence", item.Sequence);
        json.WriteString("phase", item.Phase);
        json.WriteString("kind", item.Kind);
        if (item.Path.Length > 0) json.WriteString("path", PathText.Escape(item.Path));
        if (item.ErrorId.Length > 0) json.WriteString("error", item.ErrorId);
        if (item.Message.Length > 0) json.WriteString("message", PathText.Escape(item.Message));
        if (item.Attempt > 0) json.WriteNumber("attempt", item.Attempt);
        if (item.Duration > TimeSpan.Zero) json.WriteNumber("microseconds", item.Duration.Ticks / TimeSpan.TicksPerMicrosecond);
        json.WriteEndObject();
    }

    /// <summary>Reads it back.</summary>
    /// <exception cref="JsonException">It is none of these objects.</exception>
    public static BackupEvent Read(JsonFields line) => new()
    {
        Time = line.Time("time"),
        RunId = line.Text("run"),
        Sequence = line.Small("sequence"),
        Phase = line.Text("phase"),
        Kind = line.Text("kind"),
        Path = PathText.Unescape(line.Text("path", "")),
        ErrorId = line.Text("error", ""),
        Message = PathText.Unescape(line.Text("message", "")),
        Attempt = line.SmallOrZero("attempt"),
        Duration = TimeSpan.FromTicks(line.NumberOrZero("microseconds") * TimeSpan.TicksPerMicrosecond),
    };
}
