using System.Text.Json;
using System.Text.Json.Serialization;

namespace BackupPS.Engine.Catalog;

/// <summary>Strings by <see cref="PathText.Escape"/>: JSON carries valid Unicode only, and a path may hold any byte.</summary>
internal sealed class EscapedTextConverter : JsonConverter<string>
{
    /// <inheritdoc />
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text ? PathText.Unescape(text) : null;

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(PathText.Escape(value));
    }
}
