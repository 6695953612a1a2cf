using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>Packs that a pruner means to drop, or, in <c>.swept</c>, has decided to drop.</summary>
internal sealed record RetiredRecord
{
    /// <summary>Names of packs.</summary>
    public required string[] Packs { get; init; }

    /// <summary>Of packs that shall go: when it was said (UTC); the default: not known.</summary>
    public DateTime Announced { get; init; }

    /// <summary>Of packs that shall go: how long nobody decides about them, so that what is missing can come back; empty: not at all.</summary>
    public string KeepFor { get; init; } = "";

    public static RetiredRecord Read(JsonFields fields) => new()
    {
        Packs = fields.Texts("packs"),
        Announced = fields.TimeOrDefault("announced"),
        KeepFor = fields.Text("keepFor", ""),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteTexts("packs", Packs);
        if (Announced != default) json.WriteString("announced", Announced);
        if (KeepFor.Length > 0) json.WriteString("keepFor", KeepFor);
    }
}
