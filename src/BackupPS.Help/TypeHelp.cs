namespace BackupPS.Help;

/// <summary>A type that a cmdlet takes or emits.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Description">What it is here.</param>
internal sealed record TypeHelp(string Name, string Description);
