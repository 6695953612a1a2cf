using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupPS.Engine.Repositories;

/// <summary>JSON of the format: camelCase members, no null, no reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RepositoryFormat))]
[JsonSerializable(typeof(RepositoryConfig))]
[JsonSerializable(typeof(SnapshotRecord))]
[JsonSerializable(typeof(SnapshotNote))]
[JsonSerializable(typeof(RemovalRecord))]
[JsonSerializable(typeof(TombstoneRecord))]
[JsonSerializable(typeof(SessionRecord))]
[JsonSerializable(typeof(RetiredRecord))]
internal sealed partial class RepositoryJson : JsonSerializerContext
{
    /// <summary>For repository.json, which people open.</summary>
    public static readonly RepositoryJson Indented = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true, WriteIndented = true, NewLine = "\n" });
}
