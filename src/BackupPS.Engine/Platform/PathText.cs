using System.Globalization;
using System.Text;

namespace BackupPS.Engine;

/// <summary>
/// Names are bytes; strings carry them. Valid UTF-8 becomes the characters it stands for; an invalid byte b becomes the lone surrogate
/// U+DC80 + (b - 0x80), as in Python's surrogateescape (PEP 383), so that both directions lose nothing.
/// </summary>
public static class PathText
{
    /// <summary>The string for these bytes.</summary>
    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0)
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(0xDC80 + (bytes[0] - 0x80)));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes for this string.</summary>
    /// <exception cref="ArgumentException">A surrogate stands alone that no byte maps to.</exception>
    public static byte[] ToBytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var bytes = new List<byte>(text.Length + 8);
        Span<byte> utf8 = stackalloc byte[4];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            char first = rest[0];
            if (first < 0x80)
            {
                bytes.Add((byte)first);
                rest = rest[1..];
            }
            else if (Rune.DecodeFromUtf16(rest, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
                rest = rest[consumed..];
            }
            else if (first is >= (char)0xDC80 and <= (char)0xDCFF)
            {
                bytes.Add((byte)(first - 0xDC80 + 0x80));
                rest = rest[1..];
            }
            else
            {
                throw new ArgumentException($"The text holds a lone surrogate U+{(int)first:X4}, which stands for no byte.", nameof(text));
            }
        }

        return [.. bytes];
    }

    /// <summary>For people: each byte that is not valid UTF-8 as <c>\xNN</c>, each control character too, or as <c>\uNNNN</c> where it is none of ASCII.</summary>
    public static string ToDisplay(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder? shown = null;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool pairedLow = char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(text[i - 1]);
            bool isByte = c is >= (char)0xDC80 and <= (char)0xDCFF && !pairedLow;
            if (!isByte && !char.IsControl(c))
            {
                shown?.Append(c);
                continue;
            }

            // A terminal obeys U+009B as it does ESC [, and as \x9b it would pass for a byte.
            shown ??= new StringBuilder(text, 0, i, text.Length + 16);
            if (isByte) shown.Append(CultureInfo.InvariantCulture, $"\\x{c - 0xDC80 + 0x80:x2}");
            else if (c < 0x80) shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return shown?.ToString() ?? text;
    }

    /// <summary>For JSON and the catalog, which carry only valid Unicode: <c>\\</c> for a backslash, <c>\xNN</c> for an invalid byte.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool pairedLow = char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(text[i - 1]);
            if (c == '\\') escaped.Append(@"\\");
            else if (c is >= (char)0xDC80 and <= (char)0xDCFF && !pairedLow) escaped.Append(CultureInfo.InvariantCulture, $"\\x{c - 0xDC80 + 0x80:x2}");
            else escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>Undoes <see cref="Escape"/>.</summary>
    /// <exception cref="FormatException">The text has an escape that <see cref="Escape"/> does not write.</exception>
    public static string Unescape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '\\')
            {
                plain.Append('\\');
                i++;
            }
            else if (i + 3 < text.Length && text[i + 1] == 'x' && byte.TryParse(text.AsSpan(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b) && b >= 0x80)
            {
                plain.Append((char)(0xDC80 + (b - 0x80)));
                i += 3;
            }
            else
            {
                throw new FormatException($"The text has an unknown escape at {i}.");
            }
        }

        return plain.ToString();
    }
}
