using System.Text.Json;

namespace BackupPS.Engine;

/// <summary>
/// The members of a JSON object, read one by one. The generated serializer would do the same from attributes alone, but has the run-time compile some
/// 300 methods and 150 KB of code for two kinds of record, which is a tenth of a second in every short command; these few are compiled once for all.
/// Each member is there with a value of its kind, or it is an exception; one that may be missing has a fallback. Unknown members are passed over.
/// </summary>
internal sealed class JsonFields
{
    private readonly JsonElement element;

    private JsonFields(JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new JsonException($"{what} is no object");
        this.element = element;
    }

    /// <summary>Reads a whole document, which is one object.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="read">Makes the result; the members must not be used later.</param>
    /// <exception cref="JsonException">The text is no JSON, or not what <paramref name="read"/> asks for.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, Func<JsonFields, T> read)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return read(new JsonFields(document.RootElement, "it"));
    }

    /// <summary>A text.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public string Text(string name) => TextOf(name, Required(name));

    /// <summary>A text that may be missing.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public string Text(string name, string fallback) => element.TryGetProperty(name, out JsonElement value) ? TextOf(name, value) : fallback;

    /// <summary>An array of texts.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public string[] Texts(string name) => TextsOf(name, Required(name));

    /// <summary>An array of texts that may be missing, and is then empty.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public string[] TextsOrNone(string name) => element.TryGetProperty(name, out JsonElement value) ? TextsOf(name, value) : [];

    /// <summary>A whole number.</summary>
    /// <exception cref="JsonException">It is missing or none of 64 bits.</exception>
    public long Number(string name) => NumberOf(name, Required(name));

    /// <summary>A whole number that may be missing, and is then 0.</summary>
    /// <exception cref="JsonException">It is none of 64 bits.</exception>
    public long NumberOrZero(string name) => element.TryGetProperty(name, out JsonElement value) ? NumberOf(name, value) : 0;

    /// <summary>A small whole number.</summary>
    /// <exception cref="JsonException">It is missing or none of 32 bits.</exception>
    public int Small(string name) => SmallOf(name, Number(name));

    /// <summary>A small whole number that may be missing, and is then 0.</summary>
    /// <exception cref="JsonException">It is none of 32 bits.</exception>
    public int SmallOrZero(string name) => SmallOf(name, NumberOrZero(name));

    /// <summary>True or false.</summary>
    /// <exception cref="JsonException">It is missing or neither.</exception>
    public bool Flag(string name) => FlagOf(name, Required(name));

    /// <summary>True or false; false where it is missing.</summary>
    /// <exception cref="JsonException">It is neither.</exception>
    public bool FlagOrFalse(string name) => element.TryGetProperty(name, out JsonElement value) && FlagOf(name, value);

    /// <summary>A time.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public DateTime Time(string name) => TimeOf(name, Required(name));

    /// <summary>A time that may be missing, and is then the default.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public DateTime TimeOrDefault(string name) => element.TryGetProperty(name, out JsonElement value) ? TimeOf(name, value) : default;

    /// <summary>An object within this one.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public JsonFields Object(string name) => new(Required(name), $"the member '{name}'");

    private JsonElement Required(string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new JsonException($"the member '{name}' is missing");

    private static string TextOf(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong(name, "text");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // Bytes or escapes that are no Unicode.
            throw new JsonException(e.Message, e);
        }
    }

    private static string[] TextsOf(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(name, "array");
        var texts = new string[value.GetArrayLength()];
        for (int i = 0; i < texts.Length; i++) texts[i] = TextOf(name, value[i]);
        return texts;
    }

    private static long NumberOf(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw Wrong(name, "whole number");

    private static int SmallOf(string name, long value) => (int)value == value ? (int)value : throw Wrong(name, "whole number of 32 bits");

    private static bool FlagOf(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    private static DateTime TimeOf(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.TryGetDateTime(out DateTime time) ? time : throw Wrong(name, "time");

    private static JsonException Wrong(string name, string kind) => new($"the member '{name}' is no {kind}");
}
