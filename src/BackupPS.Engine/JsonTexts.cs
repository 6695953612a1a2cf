using System.Text.Json;

namespace BackupPS.Engine;

/// <summary>Writes arrays of texts.</summary>
internal static class JsonTexts
{
    /// <summary>Writes a member that is an array of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter json, string name, string[] texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
