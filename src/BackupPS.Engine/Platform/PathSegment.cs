using System.Globalization;
using System.Text;

namespace BackupPS.Engine;

/// <summary>
/// A name as one segment of a path in which slashes and backslashes divide, a colon ends a drive, and wildcards match. What means something there is a
/// percent sign and two hexadecimal digits: <c>%2F</c> for a slash, <c>%5C</c> for a backslash, <c>%3A</c> for a colon, <c>%2A</c> and <c>%3F</c> for an
/// asterisk and a question mark, <c>%5B</c> and <c>%5D</c> for brackets, <c>%60</c> for a backtick, <c>%80</c> to <c>%FF</c> for a byte that is not valid
/// UTF-8. A percent sign is itself, unless what follows would read as one of these or as <c>%25</c>: then it is <c>%25</c>. So each name has one segment,
/// which means no other name.
/// </summary>
public static class PathSegment
{
    private const string Special = "/\\:*?[]`";

    /// <summary>The segment for a name.</summary>
    public static string Escape(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        StringBuilder? segment = null;
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            int code = c switch
            {
                '%' => CodeAt(name, i) >= 0 ? c : -1,
                >= (char)0xDC80 and <= (char)0xDCFF when !IsPairedLow(name, i) => c - 0xDC80 + 0x80,
                _ => Special.Contains(c, StringComparison.Ordinal) ? c : -1,
            };
            if (code >= 0) (segment ??= new StringBuilder(name, 0, i, name.Length + 16)).Append(CultureInfo.InvariantCulture, $"%{code:X2}");
            else segment?.Append(c);
        }

        return segment?.ToString() ?? name;
    }

    /// <summary>The name that a segment stands for. A percent sign that begins none of these is itself, and so is every other character.</summary>
    public static string Unescape(string segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (!segment.Contains('%', StringComparison.Ordinal)) return segment;
        var name = new StringBuilder(segment.Length);
        for (int i = 0; i < segment.Length; i++)
        {
            int code = CodeAt(segment, i);
            if (code < 0)
            {
                name.Append(segment[i]);
                continue;
            }

            name.Append(code < 0x80 ? (char)code : (char)(0xDC80 + (code - 0x80)));
            i += 2;
        }

        return name.ToString();
    }

    private static bool IsPairedLow(string text, int i) => i > 0 && char.IsHighSurrogate(text[i - 1]);

    // Digits above 9 are capitals, so that there is one way to write each escape.
    private static int CodeAt(string text, int i)
    {
        if (text[i] != '%' || i + 2 >= text.Length || Digit(text[i + 1]) < 0 || Digit(text[i + 2]) < 0) return -1;
        int code = (Digit(text[i + 1]) * 16) + Digit(text[i + 2]);
        return code is '%' or >= 0x80 || Special.Contains((char)code, StringComparison.Ordinal) ? code : -1;
    }

    private static int Digit(char c) => c is >= '0' and <= '9' ? c - '0' : c is >= 'A' and <= 'F' ? c - 'A' + 10 : -1;
}
