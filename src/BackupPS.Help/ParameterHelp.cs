namespace BackupPS.Help;

/// <summary>What help says of a parameter.</summary>
internal sealed record ParameterHelp
{
    /// <summary>PowerShell's name for "in every set".</summary>
    public const string AllSets = "__AllParameterSets";

    public required string Name { get; init; }

    /// <summary>As <c>Get-Command -Syntax</c> shows it: <c>string[]</c>, <c>datetime</c>.</summary>
    public required string TypeName { get; init; }

    /// <summary>Full name of what one element of it is.</summary>
    public required string ElementType { get; init; }

    public bool IsSwitch { get; init; }

    /// <summary>Paragraphs.</summary>
    public required IReadOnlyList<string> Description { get; init; }

    public string Default { get; init; } = "None";

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The only values that it takes; empty: any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    public bool TakesWildcards { get; init; }

    /// <summary>The noun whose objects it also takes by value, such as <c>Policy</c>; empty: none.</summary>
    public string TakesNoun { get; init; } = "";

    /// <summary>What it is in each of its parameter sets.</summary>
    public required IReadOnlyDictionary<string, ParameterPlace> Places { get; init; }

    public bool BindsByValue => Places.Values.Any(static place => place.ByValue);

    public bool BindsByName => Places.Values.Any(static place => place.ByPropertyName);

    /// <summary>What it is in a parameter set; <see langword="null"/>: it is not in that one.</summary>
    public ParameterPlace? PlaceIn(string set) => Places.GetValueOrDefault(set) ?? Places.GetValueOrDefault(AllSets);
}
