using System.Text.Json.Serialization;

namespace BackupPS.Engine.Catalog;

/// <summary>The generated serializers for <see cref="CatalogDocument{T}"/>.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(EscapedTextConverter)])]
[JsonSerializable(typeof(BackupPolicy))]
internal sealed partial class CatalogJson : JsonSerializerContext;
