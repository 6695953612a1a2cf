namespace BackupPS.Engine.Storage;

/// <summary>
/// The rule for names of objects, in one place: one to four segments of <c>[a-z0-9.-]</c>, joined by <c>/</c>, none of them empty, beginning
/// with a dot, or over 128 characters. So no name leaves its store (<c>..</c>, a leading slash, a drive), every file system can hold it
/// whatever it thinks of case, and a name that begins with a dot is free for temporaries.
/// </summary>
internal static class ObjectName
{
    /// <summary>Segments that a name may have at most.</summary>
    public const int MaximumSegments = 4;

    /// <summary>Characters that a segment may have at most: file systems end at 143 (eCryptfs) to 255 bytes.</summary>
    public const int MaximumSegmentLength = 128;

    /// <summary>Whether this is a name.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => HasSegments(name, MaximumSegments);

    /// <summary>Whether this can be one segment of a name.</summary>
    public static bool IsValidSegment(ReadOnlySpan<char> segment)
    {
        if (segment.IsEmpty || segment.Length > MaximumSegmentLength || segment[0] == '.') return false;
        foreach (char c in segment)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-')) return false;
        }

        return true;
    }

    /// <summary>Refuses what is not a name.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static void Check(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsValid(name)) throw new ArgumentException($"'{name}' is not a name of an object: one to four segments of a-z, 0-9, dot and dash, none beginning with a dot or over 128 characters.", nameof(name));
    }

    /// <summary>Refuses what is neither empty nor the beginning of a name up to and with a slash.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void CheckPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length == 0) return;
        if (prefix[^1] != '/' || !HasSegments(prefix.AsSpan(0, prefix.Length - 1), MaximumSegments - 1))
        {
            throw new ArgumentException($"'{prefix}' is not a prefix of names: it is empty, or one to three segments that each end with a slash.", nameof(prefix));
        }
    }

    private static bool HasSegments(ReadOnlySpan<char> name, int maximum)
    {
        int count = 0;
        foreach (Range range in name.Split('/'))
        {
            if (++count > maximum || !IsValidSegment(name[range])) return false;
        }

        return count > 0;
    }
}
