namespace BackupPS.Engine.Platform.Linux;

/// <summary>Names as libc wants them: with NUL at the end, without an allocation for those of usual length.</summary>
internal static class TerminatedName
{
    /// <summary>Length for the caller's buffer on the stack: NAME_MAX is 255.</summary>
    public const int BufferLength = 256;

    /// <summary>Checks a name and copies it into <paramref name="buffer"/>, or an array where it is longer.</summary>
    /// <exception cref="ArgumentException">It is no single segment.</exception>
    public static ReadOnlySpan<byte> From(byte[] name, Span<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(name);
        ItemName.Check(name);
        return Terminate(name, buffer);
    }

    /// <summary>The same for any text without NUL.</summary>
    public static ReadOnlySpan<byte> Terminate(ReadOnlySpan<byte> text, Span<byte> buffer)
    {
        Span<byte> terminated = text.Length < buffer.Length ? buffer : new byte[text.Length + 1];
        text.CopyTo(terminated);
        terminated[text.Length] = 0;
        return terminated[..(text.Length + 1)];
    }
}
