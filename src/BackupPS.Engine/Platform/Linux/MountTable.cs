using System.Text;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>What is mounted where, as <c>/proc/self/mountinfo</c> tells it (proc(5)).</summary>
internal static class MountTable
{
    // Fields: id, id of the mount above, device, root, mount point, ...
    private const int PointField = 4;

    /// <summary>The paths on which something is mounted; none where /proc is not there.</summary>
    public static IReadOnlySet<string> ReadPoints()
    {
        try
        {
            return ParsePoints(File.ReadLines("/proc/self/mountinfo", Encoding.Latin1));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new HashSet<string>();
        }
    }

    /// <summary>The paths in lines of the file, whose characters are its bytes.</summary>
    public static IReadOnlySet<string> ParsePoints(IEnumerable<string> lines)
    {
        var points = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ', PointField + 2);
            if (fields.Length > PointField) points.Add(Decode(fields[PointField]));
        }

        return points;
    }

    // Space, tab, newline and backslash are a backslash and three octal digits.
    private static string Decode(string field)
    {
        var bytes = new List<byte>(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                bytes.Add((byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                bytes.Add((byte)field[i]);
            }
        }

        return PathText.FromBytes([.. bytes]);
    }
}
