using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The events of one run as lines of JSON, for people and for programs that collect logs. Each line is in the file when the call returns, and outlives
/// the process; nothing waits for the disk.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private readonly Stream file;
    private readonly ArrayBufferWriter<byte> lines = new();
    private readonly Utf8JsonWriter json;

    internal EventFile(Stream file, bool opensMonth)
    {
        this.file = file;
        OpensMonth = opensMonth;

        // Not for a web page: paths and texts as they are.
        json = new Utf8JsonWriter(lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Whether it is the first of its month.</summary>
    public bool OpensMonth { get; }

    /// <summary>Creates the file, for its owner alone.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not create it.</exception>
    public static EventFile Create(string path, bool opensMonth)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new EventFile(new FileStream(path, options), opensMonth);
    }

    /// <summary>Appends events, by one write for all of them.</summary>
    /// <param name="events">Events of the run.</param>
    /// <param name="from">The first that is to be written.</param>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Append(IReadOnlyList<BackupEvent> events, int from)
    {
        if (from == events.Count) return;
        lines.ResetWrittenCount();
        for (int i = from; i < events.Count; i++)
        {
            json.Reset();
            EventLine.Write(json, events[i]);
            json.Flush();
            lines.Write("\n"u8);
        }

        file.Write(lines.WrittenSpan);
    }

    public void Dispose()
    {
        json.Dispose();
        file.Dispose();
    }
}
