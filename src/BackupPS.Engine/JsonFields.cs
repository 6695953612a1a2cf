using System.Globalization;
using System.Text.Json;

namespace BackupPS.Engine;

/// <summary>
/// The members of a JSON object, read one by one. The generated serializer would do the same from attributes alone, but has the run-time compile some
/// 300 methods and 150 KB of code for two kinds of record, which is a tenth of a second in every short command; and a <see cref="JsonDocument"/> is found
/// through methods that are compiled each time, too.
/// Each member is there with a value of its kind, or it is an exception; one that may be missing has a fallback. Unknown members are passed over; of
/// several with one name the last counts.
/// </summary>
internal sealed class JsonFields
{
    // As JSON writes it: 0 to 7 digits of fractions.
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";

    // Stands for null, and for arrays of anything but texts.
    private static readonly object Other = new();

    private readonly Dictionary<string, object> members = new(StringComparer.Ordinal);

    private JsonFields(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            members[name] = ReadValue(ref reader);
        }
    }

    /// <summary>Reads a whole document, which is one object.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="read">Makes the result.</param>
    /// <exception cref="JsonException">The text is no JSON, or not what <paramref name="read"/> asks for.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, Func<JsonFields, T> read)
    {
        var reader = new Utf8JsonReader(json);
        JsonFields fields;
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it is no object");
            fields = new JsonFields(ref reader);

            // What follows is an exception of the reader.
            reader.Read();
        }
        catch (InvalidOperationException e)
        {
            // Bytes or escapes that are no Unicode.
            throw new JsonException(e.Message, e);
        }

        return read(fields);
    }

    /// <summary>A text.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public string Text(string name) => Required(name) as string ?? throw Wrong(name, "text");

    /// <summary>A text that may be missing.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public string Text(string name, string fallback) => members.ContainsKey(name) ? Text(name) : fallback;

    /// <summary>An array of texts.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public string[] Texts(string name) => Required(name) as string[] ?? throw Wrong(name, "array of texts");

    /// <summary>An array of texts that may be missing, and is then empty.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public string[] TextsOrNone(string name) => members.ContainsKey(name) ? Texts(name) : [];

    /// <summary>A whole number.</summary>
    /// <exception cref="JsonException">It is missing or none of 64 bits.</exception>
    public long Number(string name) => Required(name) is long number ? number : throw Wrong(name, "whole number");

    /// <summary>A whole number that may be missing, and is then 0.</summary>
    /// <exception cref="JsonException">It is none of 64 bits.</exception>
    public long NumberOrZero(string name) => members.ContainsKey(name) ? Number(name) : 0;

    /// <summary>A small whole number.</summary>
    /// <exception cref="JsonException">It is missing or none of 32 bits.</exception>
    public int Small(string name) => Number(name) is var number && (int)number == number ? (int)number : throw Wrong(name, "whole number of 32 bits");

    /// <summary>A small whole number that may be missing, and is then 0.</summary>
    /// <exception cref="JsonException">It is none of 32 bits.</exception>
    public int SmallOrZero(string name) => members.ContainsKey(name) ? Small(name) : 0;

    /// <summary>True or false.</summary>
    /// <exception cref="JsonException">It is missing or neither.</exception>
    public bool Flag(string name) => Required(name) is bool flag ? flag : throw Wrong(name, "true or false");

    /// <summary>True or false; false where it is missing.</summary>
    /// <exception cref="JsonException">It is neither.</exception>
    public bool FlagOrFalse(string name) => members.ContainsKey(name) && Flag(name);

    /// <summary>A time.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public DateTime Time(string name) =>
        DateTime.TryParseExact(Text(name), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time) ? time : throw Wrong(name, "time");

    /// <summary>A time that may be missing, and is then the default, in UTC.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public DateTime TimeOrDefault(string name) => members.ContainsKey(name) ? Time(name) : DateTime.SpecifyKind(default, DateTimeKind.Utc);

    /// <summary>An object within this one.</summary>
    /// <exception cref="JsonException">It is missing or none.</exception>
    public JsonFields Object(string name) => Required(name) as JsonFields ?? throw Wrong(name, "object");

    private static object ReadValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString()!;
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long number) ? number : Other;
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.StartObject:
                return new JsonFields(ref reader);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader);
            default:
                return Other;
        }
    }

    private static object ReadArray(ref Utf8JsonReader reader)
    {
        var texts = new List<string>();
        bool other = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add(reader.GetString()!);
                continue;
            }

            other = true;
            reader.Skip();
        }

        return other ? Other : texts.ToArray();
    }

    private object Required(string name) => members.TryGetValue(name, out object? value) ? value : throw new JsonException($"the member '{name}' is missing");

    private static JsonException Wrong(string name, string kind) => new($"the member '{name}' is no {kind}");
}
