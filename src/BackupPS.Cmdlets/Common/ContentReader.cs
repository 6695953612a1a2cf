using System.Runtime.CompilerServices;
using System.Text;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Reads the content of a file as lines, as text or as blocks of bytes. Of a large file it holds a block, or a line.</summary>
/// <param name="open">Opens the content; the stream can seek.</param>
internal sealed class ContentReader(Func<CancellationToken, Task<Stream>> open)
{
    /// <summary>Enough for one call to bring as much as a blob mostly has left; a multiple of the length of any code unit.</summary>
    private const int BlockLength = 64 * 1024;

    /// <summary>The lines; they end with LF, CR or both.</summary>
    /// <param name="encoding">How text is encoded where the file does not begin with a byte order mark.</param>
    /// <param name="last">Only the last so many; negative: all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    internal async IAsyncEnumerable<string> ReadLinesAsync(Encoding encoding, int last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (last == 0) yield break;
        await using Stream content = await open(cancellationToken);
        encoding = await FindEncodingAsync(content, encoding, cancellationToken);
        if (last > 0) await SeekLinesAsync(content, encoding, last, cancellationToken);
        using var reader = new StreamReader(content, encoding, detectEncodingFromByteOrderMarks: false, BlockLength, leaveOpen: true);
        var held = new Queue<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (last < 0)
            {
                yield return line;
                continue;
            }

            if (held.Count == last) held.Dequeue();
            held.Enqueue(line);
        }

        foreach (string line in held) yield return line;
    }

    /// <summary>All of the text.</summary>
    internal async Task<string> ReadTextAsync(Encoding encoding, CancellationToken cancellationToken)
    {
        await using Stream content = await open(cancellationToken);
        encoding = await FindEncodingAsync(content, encoding, cancellationToken);
        using var reader = new StreamReader(content, encoding, detectEncodingFromByteOrderMarks: false, BlockLength, leaveOpen: true);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    /// <summary>The bytes, in blocks that are not empty.</summary>
    /// <param name="last">Only the last so many; negative: all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    internal async IAsyncEnumerable<byte[]> ReadBlocksAsync(long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (last == 0) yield break;
        await using Stream content = await open(cancellationToken);
        if (last > 0) content.Position = Math.Max(0, content.Length - last);
        byte[] buffer = new byte[BlockLength];
        for (int length; (length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0;) yield return buffer[..length];
    }

    /// <summary>All of the bytes.</summary>
    /// <exception cref="BackupException">They are more than an array can have.</exception>
    internal async Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken)
    {
        await using Stream content = await open(cancellationToken);
        if (content.Length > Array.MaxLength) throw new BackupException(BackupError.InvalidArgument, $"{path} has {content.Length} bytes, where one array can have {Array.MaxLength}: read it without -Raw, in arrays of -ReadCount bytes.", path);
        byte[] all = new byte[content.Length];
        await content.ReadExactlyAsync(all, cancellationToken);
        return all;
    }

    // What a byte order mark says, which is passed over; else what the caller says.
    private static async Task<Encoding> FindEncodingAsync(Stream content, Encoding encoding, CancellationToken cancellationToken)
    {
        byte[] start = new byte[4];
        int length = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);

        // UTF-32 first: in little-endian it begins as UTF-16 does.
        foreach (Encoding known in (Encoding[])[Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode])
        {
            if (!start.AsSpan(0, length).StartsWith(known.Preamble)) continue;
            content.Position = known.Preamble.Length;
            return known;
        }

        content.Position = 0;
        return encoding;
    }

    // From the end backwards, to where at least so many lines are left. A last line may end with LF or not: one more than asked for is looked for.
    private static async Task SeekLinesAsync(Stream content, Encoding encoding, int lines, CancellationToken cancellationToken)
    {
        long start = content.Position;
        byte[] feed = encoding.GetBytes("\n"), block = new byte[BlockLength];
        long found = 0;
        for (long end = start + ((content.Length - start) / feed.Length * feed.Length); end > start;)
        {
            int length = (int)Math.Min(block.Length, end - start);
            content.Position = end - length;
            await content.ReadExactlyAsync(block.AsMemory(0, length), cancellationToken);
            for (int at = length - feed.Length; at >= 0; at -= feed.Length)
            {
                if (!block.AsSpan(at, feed.Length).SequenceEqual(feed) || ++found <= lines) continue;
                content.Position = end - length + at + feed.Length;
                return;
            }

            end -= length;
        }

        content.Position = start;
    }
}
