using System.Reflection;

namespace BackupPS.Help;

/// <summary>
/// What can come along the pipeline: by the rule that ids and names are named for their noun, a parameter <c>SnapshotId</c> is about a <c>BackupSnapshot</c>,
/// and <c>Repository</c> about a <c>BackupRepository</c>.
/// </summary>
internal sealed class PipelineNouns
{
    private const string Prefix = "Backup";

    private readonly Documentation documentation;
    private readonly Type[] nouns;

    public PipelineNouns(Assembly model, Documentation documentation)
    {
        this.documentation = documentation;
        nouns = [.. model.GetExportedTypes().OrderBy(static type => type.Name, StringComparer.Ordinal)];
    }

    /// <summary>What a cmdlet takes from the pipeline.</summary>
    public IReadOnlyList<TypeHelp> Inputs(IReadOnlyList<ParameterHelp> parameters, IReadOnlyList<string> sets)
    {
        List<TypeHelp> inputs = [];
        foreach (ParameterHelp parameter in parameters.Where(static p => p.BindsByValue))
        {
            if (Array.Find(nouns, noun => noun.Name == Prefix + parameter.TakesNoun) is { } taken) inputs.Add(new TypeHelp(taken.FullName!, $"{Summary(taken)} Taken as -{parameter.Name}."));
            inputs.Add(new TypeHelp(parameter.ElementType, $"Taken as -{parameter.Name}."));
        }

        ParameterHelp[] named = [.. parameters.Where(static p => p.BindsByName)];
        foreach (ParameterHelp parameter in named)
        {
            if (parameter.Aliases.Contains("FullName")) inputs.Add(new TypeHelp("System.IO.FileSystemInfo", $"Files and folders, as Get-ChildItem and Get-Item emit them. Taken as -{parameter.Name}."));
            if (Owner(parameter.Name) is not { } owner || sets.FirstOrDefault(set => Fills(owner, parameter, named, set)) is not { } filled) continue;
            string[] taken = [.. named.Where(p => p.PlaceIn(filled) is not null && owner.GetProperty(p.Name) is not null).Select(static p => p.Name)];
            inputs.Add(new TypeHelp(owner.FullName!, $"{Summary(owner)} Its {Join(taken)} {(taken.Length == 1 ? "is" : "are")} taken.{Others(parameter.Name, owner)}"));
        }

        return inputs.Count > 0 ? inputs : [new TypeHelp("None", "Takes nothing from the pipeline.")];
    }

    /// <summary>What a cmdlet emits.</summary>
    public IReadOnlyList<TypeHelp> Outputs(IEnumerable<Type> types, IReadOnlyList<ParameterHelp> parameters)
    {
        bool passes = parameters.Any(static p => p.Name == "PassThru");
        return [.. types.Select(type => new TypeHelp(type.FullName!, Emitted(type) + (passes ? " With -PassThru." : "")))];
    }

    // A Boolean is the answer of -Quiet. What is no noun of ours has no comment here.
    private string Emitted(Type type) => type.FullName == "System.Boolean" ? "With -Quiet: exactly one." : Summary(type) is { Length: > 0 } summary ? summary : $"Plain values of the type {TypeName.Of(type)}.";

    private string Summary(Type type) => Documentation.Line(documentation.Of(type).Element("summary"));

    private Type? Owner(string parameter) => Array.Find(nouns, noun => noun.Name.StartsWith(Prefix, StringComparison.Ordinal)
        && noun.Name[Prefix.Length..] is var word && (parameter == word || parameter == word + "Id" || parameter == word + "Name"));

    // Whether one such object is enough: all that the set wants from the pipeline is in it.
    private static bool Fills(Type owner, ParameterHelp parameter, IEnumerable<ParameterHelp> named, string set) =>
        parameter.PlaceIn(set) is not null && named.All(other => other.PlaceIn(set) is not { Mandatory: true } || owner.GetProperty(other.Name) is not null);

    // An id is carried by many: by results of commands above all.
    private string Others(string parameter, Type owner)
    {
        if (!parameter.EndsWith("Id", StringComparison.Ordinal)) return "";
        string[] others = [.. nouns.Where(noun => noun != owner && noun.GetProperty(parameter) is not null).Select(static noun => noun.Name)];
        return others.Length == 0 ? "" : $" Whatever else has a {parameter} is taken likewise: {Join(others)}.";
    }

    private static string Join(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
