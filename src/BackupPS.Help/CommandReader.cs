using System.Reflection;
using System.Xml.Linq;

namespace BackupPS.Help;

/// <summary>Reads what help says of the cmdlets of an assembly, and notes what is missing.</summary>
/// <param name="assembly">The cmdlets.</param>
/// <param name="nouns">What can come along the pipeline.</param>
/// <param name="documentation">The comments.</param>
/// <param name="topics">Names of the about_ topics.</param>
internal sealed class CommandReader(Assembly assembly, PipelineNouns nouns, Documentation documentation, IReadOnlyCollection<string> topics)
{
    private const int FewestExamples = 2;

    // The page of the family, to which every page leads.
    private const string FamilyTopic = "about_BackupPS";

    // ConfirmImpact.High.
    private const int HighImpact = 3;

    private readonly List<string> problems = [];

    /// <summary>What is missing or leads nowhere, each naming the cmdlet and the parameter.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>The cmdlets, by name.</summary>
    public IReadOnlyList<CommandHelp> Read()
    {
        // Names by the id of the type in documentation comments, for links.
        Dictionary<string, string> names = [];
        List<(Type Type, CustomAttributeData Attribute)> commands = [];
        foreach (Type type in assembly.GetExportedTypes())
        {
            if (type.GetCustomAttributesData().FirstOrDefault(static a => a.Is("Cmdlet")) is not { } attribute) continue;
            names.Add("T:" + type.FullName, $"{attribute.At<string>(0)}-{attribute.At<string>(1)}");
            commands.Add((type, attribute));
        }

        if (commands.Count == 0) problems.Add($"{assembly.GetName().Name} has no cmdlet.");
        return [.. commands.Select(command => Read(command.Type, command.Attribute, names)).OrderBy(static help => help.Name, StringComparer.Ordinal)];
    }

    private CommandHelp Read(Type type, CustomAttributeData attribute, Dictionary<string, string> names)
    {
        XElement comment = documentation.Of(type);
        string name = names["T:" + type.FullName];
        List<ParameterHelp> parameters = [.. new ParameterReader(documentation).Read(type)];
        if (attribute.Named("SupportsShouldProcess", false)) parameters.AddRange(ParameterReader.ShouldProcess(asks: attribute.Named("ConfirmImpact", 0) == HighImpact));
        IReadOnlyList<string> sets = Sets(parameters, attribute.Named("DefaultParameterSetName", ""));
        ExampleHelp[] examples = [.. comment.Elements("example").Select(example => ReadExample(name, example))];
        var help = new CommandHelp
        {
            Verb = attribute.At<string>(0),
            Noun = attribute.At<string>(1),
            Synopsis = Documentation.Line(comment.Element("summary")),
            Description = Documentation.Paragraphs(comment.Element("remarks")),
            Parameters = parameters,
            ParameterSets = sets,
            Inputs = nouns.Inputs(parameters, sets),
            Outputs = nouns.Outputs(OutputTypes(type), parameters),
            Examples = examples,
            Links = [.. comment.Elements("seealso").Select(link => ReadLink(name, link, names)).Append(FamilyTopic).Distinct()],
        };
        Check(help);
        return help;
    }

    private void Check(CommandHelp help)
    {
        if (help.Synopsis.Length == 0) problems.Add($"{help.Name} has no <summary>, which is its synopsis.");
        if (help.Description.Count == 0) problems.Add($"{help.Name} has no <remarks>, which are its description.");
        if (help.Examples.Count < FewestExamples) problems.Add($"{help.Name} has {help.Examples.Count} <example>; it needs {FewestExamples} or more.");
        foreach (ParameterHelp parameter in help.Parameters)
        {
            if (parameter.Description.Count == 0) problems.Add($"{help.Name}: the parameter -{parameter.Name} has no <summary>.");
        }
    }

    private ExampleHelp ReadExample(string name, XElement example)
    {
        string code = example.Element("code") is { } element ? Documentation.Code(element) : "";
        IReadOnlyList<string> remarks = Documentation.Paragraphs(example);
        if (code.Length == 0) problems.Add($"{name} has an <example> without <code>.");
        if (remarks.Count == 0) problems.Add($"{name} has an <example> that says nothing of its code: {code}");
        return new ExampleHelp(code, remarks);
    }

    private string ReadLink(string name, XElement link, Dictionary<string, string> names)
    {
        string target = link.Attribute("cref")?.Value ?? link.Value.Trim();
        if (names.TryGetValue(target, out string? command)) return command;
        if (!topics.Contains(target)) problems.Add($"{name} has a <seealso> that names neither the class of a cmdlet nor an about_ topic: '{target}'.");
        return target;
    }

    private static IReadOnlyList<string> Sets(IEnumerable<ParameterHelp> parameters, string defaultSet)
    {
        string[] sets = [.. parameters.SelectMany(static p => p.Places.Keys).Where(static set => set != ParameterHelp.AllSets).Distinct()];
        return sets.Length == 0 ? [ParameterHelp.AllSets] : [.. sets.OrderByDescending(set => set == defaultSet)];
    }

    private static IEnumerable<Type> OutputTypes(Type type) =>
        type.GetCustomAttributesData().Where(static attribute => attribute.Is("OutputType")).SelectMany(static attribute => attribute.Several<Type>());
}
