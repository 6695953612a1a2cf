namespace BackupPS.Help;

/// <summary>An example: lines that run as they stand, and what to say of them.</summary>
/// <param name="Code">The lines.</param>
/// <param name="Remarks">Paragraphs.</param>
internal sealed record ExampleHelp(string Code, IReadOnlyList<string> Remarks);
