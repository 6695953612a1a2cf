namespace BackupPS.Engine.Sources;

/// <summary>One element of a pattern of a name.</summary>
/// <param name="Kind">What it matches.</param>
/// <param name="Literal">The UTF-16 unit of a <see cref="GlobTokenKind.Literal"/>.</param>
/// <param name="Set">The characters of a <see cref="GlobTokenKind.Set"/>.</param>
internal readonly record struct GlobToken(GlobTokenKind Kind, char Literal = '\0', GlobSet? Set = null);
