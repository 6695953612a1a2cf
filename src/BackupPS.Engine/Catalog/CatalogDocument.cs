using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// One kind of object as JSON text in a column, so that a property more needs no migration: properties that this version does not know are ignored, and
/// those that a document lacks have their defaults. The generated serializer would leave a missing property with an <c>init</c> accessor
/// <see langword="null"/> or 0, whatever its initializer says (dotnet/runtime#84484), so that defaults are put into the document first.
/// </summary>
/// <param name="typeOf">How the object is serialized; asked for when it is needed, since warming up the serializer costs some 20 ms.</param>
/// <param name="blank">Makes an object with nothing but its required properties set; of those a document must have each.</param>
internal sealed class CatalogDocument<T>(Func<JsonTypeInfo<T>> typeOf, Func<T> blank)
{
    private readonly Lazy<JsonObject> _defaults = new(() => JsonSerializer.SerializeToNode(blank(), typeOf())!.AsObject());

    /// <summary>The document of an object.</summary>
    public string Write(T value) => JsonSerializer.Serialize(value, typeOf());

    /// <summary>The object of a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="replaced">Properties that have another value than the document says.</param>
    /// <exception cref="JsonException">The document is damaged, or lacks a required property.</exception>
    public T Read(string text, params ReadOnlySpan<(string Property, string Value)> replaced)
    {
        JsonTypeInfo<T> type = typeOf();
        JsonObject document = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("A document is no JSON object.");
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (!property.IsRequired && !document.ContainsKey(property.Name)) document[property.Name] = _defaults.Value[property.Name]?.DeepClone();
        }

        foreach ((string property, string value) in replaced) document[property] = PathText.Escape(value);
        return document.Deserialize(type)!;
    }
}
