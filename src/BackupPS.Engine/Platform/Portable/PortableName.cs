using System.Text;

namespace BackupPS.Engine.Platform.Portable;

/// <summary>Names between bytes and .NET's strings.</summary>
internal static class PortableName
{
    /// <summary>The bytes of a name that .NET listed. One that no bytes stand for gets U+FFFD in its place: looking it up then fails, and is a fault of that item.</summary>
    public static byte[] ToBytes(string text)
    {
        try
        {
            return PathText.ToBytes(text);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetBytes(text);
        }
    }

    /// <summary>The text of a single path segment.</summary>
    /// <exception cref="ArgumentException">It is no single segment.</exception>
    /// <exception cref="PlatformException"><see cref="PlatformFailure.NotSupported"/>: this system cannot have the name.</exception>
    public static string ToText(byte[] name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ItemName.Check(name);
        string text = PathText.FromBytes(name);
        // On Windows \ would lead into another folder and : into another stream.
        if (text.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0) throw new PlatformException(PlatformFailure.NotSupported, "The name has a character that this system does not allow.");
        // On Unix .NET would turn a lone surrogate into U+FFFD, and so reach another item.
        if (!OperatingSystem.IsWindows() && !IsValid(text)) throw new PlatformException(PlatformFailure.NotSupported, "The name is not valid UTF-8, and .NET cannot carry it.");
        return text;
    }

    /// <summary>An absolute path of the contract as the system takes it.</summary>
    public static string ToNativePath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("The path has NUL in it.", nameof(path));
        if (!OperatingSystem.IsWindows())
        {
            if (!path.StartsWith('/')) throw new ArgumentException("The path is not absolute.", nameof(path));
            if (!IsValid(path)) throw new PlatformException(PlatformFailure.NotSupported, "The path is not valid UTF-8, and .NET cannot carry it.");
            return path.Length > 1 ? path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/" : path;
        }

        if (!Path.IsPathFullyQualified(path)) throw new ArgumentException("The path is not absolute.", nameof(path));
        // The \\?\ form: no length limit, and names such as "nul" or "a." are taken as they are.
        string full = Path.GetFullPath(path);
        if (full.StartsWith(@"\\?\", StringComparison.Ordinal)) return full;
        return full.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\UNC\" + full[2..] : @"\\?\" + full;
    }

    /// <summary>Whether a text has no lone surrogate.</summary>
    public static bool IsValid(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int consumed) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[consumed..];
        }

        return true;
    }
}
