namespace BackupPS.Benchmarks.Reporting;

/// <summary>What is timed at the prompt, as results and tables name it.</summary>
internal static class PromptFigures
{
    /// <summary>A whole pwsh that imports the module.</summary>
    public const string Import = "Import-Module, whole process";

    /// <summary>A whole pwsh that unlocks with a key file and lists.</summary>
    public const string ListWhole = "Connect and Get-BackupSnapshot, whole process";

    /// <summary>The first in its process.</summary>
    public const string ListFirst = "Get-BackupSnapshot, first in its session";

    /// <summary>Once more.</summary>
    public const string ListAgain = "Get-BackupSnapshot, again";

    /// <summary>Completion of a policy's name, the first in its process.</summary>
    public const string Complete = "completion, first in its session";

    public static IReadOnlyList<string> InOrder { get; } = [Import, ListWhole, Complete, ListFirst, ListAgain];
}
