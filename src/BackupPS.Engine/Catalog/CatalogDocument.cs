using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// One kind of object as JSON text in a column, so that a property more needs no migration: properties that this version does not know are ignored, and
/// those that a document lacks have their defaults. The generated serializer would leave a missing property with an <c>init</c> accessor
/// <see langword="null"/> or 0, whatever its initializer says (dotnet/runtime#84484), so that defaults are put into the document first.
/// </summary>
internal sealed class CatalogDocument<T>
{
    private readonly JsonTypeInfo<T> _type;
    private readonly JsonObject _defaults;

    /// <summary>Prepares reading and writing.</summary>
    /// <param name="type">How the object is serialized.</param>
    /// <param name="blank">An object with nothing but its required properties set; of those a document must have each.</param>
    public CatalogDocument(JsonTypeInfo<T> type, T blank)
    {
        _type = type;
        _defaults = JsonSerializer.SerializeToNode(blank, type)!.AsObject();
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.IsRequired) _defaults.Remove(property.Name);
        }
    }

    /// <summary>The document of an object.</summary>
    public string Write(T value) => JsonSerializer.Serialize(value, _type);

    /// <summary>The object of a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="replaced">Properties that have another value than the document says.</param>
    /// <exception cref="JsonException">The document is damaged, or lacks a required property.</exception>
    public T Read(string text, params ReadOnlySpan<(string Property, string Value)> replaced)
    {
        JsonObject document = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("A document is no JSON object.");
        foreach ((string property, JsonNode? value) in _defaults) document.TryAdd(property, value?.DeepClone());
        foreach ((string property, string value) in replaced) document[property] = PathText.Escape(value);
        return document.Deserialize(_type)!;
    }
}
