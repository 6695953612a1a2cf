namespace BackupPS.Engine.Sources;

/// <summary>What an element of a pattern matches.</summary>
internal enum GlobTokenKind
{
    /// <summary>One given UTF-16 unit.</summary>
    Literal,
    /// <summary>Any one character.</summary>
    AnyCharacter,
    /// <summary>Any run of characters, also none.</summary>
    AnyRun,
    /// <summary>One character of a set.</summary>
    Set,
}
