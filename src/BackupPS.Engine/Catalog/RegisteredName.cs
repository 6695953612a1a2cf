namespace BackupPS.Engine.Catalog;

/// <summary>Names of policies and repositories: what they may be, and when two are the same.</summary>
internal static class RegisteredName
{
    // Fits a column of a table view and, as UTF-8, a file name on every system.
    private const int MaxLength = 64;

    /// <summary>Checks a name: 1 to 64 letters, digits, spaces, dots, underscores and hyphens, the first neither a dot nor a space.</summary>
    /// <param name="name">The name.</param>
    /// <param name="parameter">What the error calls it.</param>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/></exception>
    public static void Check(string name, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name);
        string? fault = name.Length is 0 or > MaxLength ? $"it has {name.Length} characters, and may have 1 to {MaxLength}"
            : name[0] is '.' or ' ' ? "it begins with a dot or a space"
            : !name.All(c => char.IsLetterOrDigit(c) || c is ' ' or '.' or '_' or '-') ? "it may hold only letters, digits, spaces and . _ -"
            : null;
        if (fault is not null) throw new BackupException(BackupError.InvalidArgument, $"{parameter} '{PathText.ToDisplay(name)}' cannot be used: {fault}.", name);
    }

    /// <summary>
    /// The same string for names that differ only in case, by the rules of <see cref="StringComparison.OrdinalIgnoreCase"/> and so in no culture.
    /// SQLite's NOCASE would compare ASCII only.
    /// </summary>
    public static string Key(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant();
    }
}
