using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>Packs that a pruner means to drop, or, in <c>.swept</c>, has decided to drop.</summary>
internal sealed record RetiredRecord
{
    /// <summary>Names of packs.</summary>
    public required string[] Packs { get; init; }

    public static RetiredRecord Read(JsonFields fields) => new()
    {
        Packs = fields.Texts("packs"),
    };

    public void Write(Utf8JsonWriter json)
    {
        json.WriteTexts("packs", Packs);
    }
}
