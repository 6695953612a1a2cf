using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>What is said of a snapshot afterwards. Each note says all of it; the highest number wins.</summary>
internal sealed record SnapshotNote
{
    public required string[] Tag { get; init; }

    public required bool Hold { get; init; }

    public required DateTime Time { get; init; }

    public static SnapshotNote Read(JsonFields fields) => new()
    {
        Tag = fields.Texts("tag"),
        Hold = fields.Flag("hold"),
        Time = fields.Time("time"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteTexts("tag", Tag);
        json.WriteBoolean("hold", Hold);
        json.WriteString("time", Time);
    }
}
