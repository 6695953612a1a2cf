using System.Collections;
using System.Management.Automation.Provider;
using System.Text;

namespace BackupPS.Cmdlets;

/// <summary>Reads a file of a snapshot for Get-Content: lines, pieces between delimiters, all at once, or bytes. It holds a block of the file at a time.</summary>
internal sealed class BackupContentReader : IContentReader
{
    // One call to the engine for so many bytes: it costs some 50 microseconds.
    private const int BlockLength = 64 * 1024;

    private readonly Stream stream;
    private readonly StreamReader? text;
    private readonly string? delimiter;
    private readonly bool raw;
    private readonly byte[] block = [];
    private int blockStart;
    private int blockEnd;

    /// <param name="content">The file.</param>
    /// <param name="parameters">How Get-Content wants it.</param>
    internal BackupContentReader(Stream content, GetContentParameters parameters)
    {
        stream = content;
        raw = parameters.Raw;

        // As on a file system: a line feed means lines, however they end.
        delimiter = parameters.Delimiter is null or "" or "\n" ? null : parameters.Delimiter;
        if (parameters.AsByteStream) block = new byte[BlockLength];
        else text = new StreamReader(content, parameters.Encoding ?? Encoding.UTF8, detectEncodingFromByteOrderMarks: true, BlockLength);
    }

    /// <summary>So many of the next; all for 0. Nothing at the end.</summary>
    public IList Read(long readCount)
    {
        if (text is null) return raw ? ReadAllBytes() : ReadBytes(readCount);
        var read = new List<object>();
        while ((readCount <= 0 || read.Count < readCount) && Next(text) is { } piece) read.Add(piece);
        return read.ToArray();
    }

    /// <summary>Goes to another byte of the file.</summary>
    public void Seek(long offset, SeekOrigin origin)
    {
        // What was read ahead is not passed yet.
        if (origin == SeekOrigin.Current && text is null) offset -= blockEnd - blockStart;
        stream.Seek(offset, origin);
        blockStart = blockEnd = 0;
        text?.DiscardBufferedData();
    }

    /// <inheritdoc/>
    public void Close() => Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        text?.Dispose();
        stream.Dispose();
    }

    private string? Next(StreamReader reader)
    {
        if (raw) return reader.ReadToEnd() is { Length: > 0 } all ? all : null;
        return delimiter is null ? reader.ReadLine() : ReadTo(reader, delimiter);
    }

    private static string? ReadTo(StreamReader reader, string delimiter)
    {
        var piece = new StringBuilder();
        for (int next = reader.Read(); next >= 0; next = reader.Read())
        {
            piece.Append((char)next);
            if (next == delimiter[^1] && EndsWith(piece, delimiter)) return piece.ToString(0, piece.Length - delimiter.Length);
        }

        return piece.Length > 0 ? piece.ToString() : null;
    }

    private static bool EndsWith(StringBuilder piece, string end)
    {
        if (piece.Length < end.Length) return false;
        for (int i = 1; i <= end.Length; i++)
        {
            if (piece[^i] != end[^i]) return false;
        }

        return true;
    }

    private byte[] ReadBytes(long readCount)
    {
        if (readCount <= 0) return ReadAllFromHere();
        if (blockStart == blockEnd) Fill();
        if (readCount <= blockEnd - blockStart) return Take((int)readCount);
        using var read = new MemoryStream();
        for (; read.Length < readCount && blockStart < blockEnd; Fill()) read.Write(Take((int)Math.Min(readCount - read.Length, blockEnd - blockStart)));
        return read.ToArray();
    }

    private void Fill()
    {
        if (blockStart < blockEnd) return;
        blockStart = 0;
        blockEnd = stream.Read(block, 0, block.Length);
    }

    private byte[] Take(int length)
    {
        byte[] taken = block[blockStart..(blockStart + length)];
        blockStart += length;
        return taken;
    }

    private object[] ReadAllBytes() => ReadAllFromHere() is { Length: > 0 } all ? [all] : [];

    private byte[] ReadAllFromHere()
    {
        using var all = new MemoryStream();
        all.Write(block, blockStart, blockEnd - blockStart);
        blockStart = blockEnd = 0;
        stream.CopyTo(all);
        return all.ToArray();
    }
}
