using System.Buffers;
using System.Text.Json;

namespace BackupPS.Engine.Repositories;

/// <summary>How one kind of record is written as JSON and read back.</summary>
/// <param name="read">Makes a record of its members.</param>
/// <param name="write">Writes the members of a record.</param>
internal sealed class RecordForm<T>(Func<JsonFields, T> read, Action<Utf8JsonWriter, T> write)
{
    // Some hundred bytes to some kilobytes: the buffer grows once at most for an ordinary record.
    private const int UsualLength = 1024;

    /// <summary>The record of these bytes.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public T Read(ReadOnlySpan<byte> json) => JsonFields.Read(json, read);

    /// <summary>The bytes of a record: an object with its members in order, without white space.</summary>
    public byte[] Write(T record) => Write(record, default);

    /// <summary>The same, laid out in another way.</summary>
    public byte[] Write(T record, JsonWriterOptions options)
    {
        var bytes = new ArrayBufferWriter<byte>(UsualLength);
        using var json = new Utf8JsonWriter(bytes, options);
        json.WriteStartObject();
        write(json, record);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }
}
