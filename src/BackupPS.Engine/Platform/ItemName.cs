namespace BackupPS.Engine.Platform;

/// <summary>The rule for names that reach the system: one path segment, so that nothing outside its folder can be meant.</summary>
internal static class ItemName
{
    /// <summary>Refuses what is not a single segment.</summary>
    /// <exception cref="ArgumentException">The name is empty, <c>.</c> or <c>..</c>, or has <c>/</c> or NUL in it.</exception>
    public static void Check(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || name.IndexOfAny((byte)'/', (byte)0) >= 0)
        {
            throw new ArgumentException("A name is one segment of a path: not empty, not . or .., without / and NUL.", nameof(name));
        }
    }
}
