using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace BackupPS.Help;

/// <summary>Writes help in the form that <c>Get-Help</c> reads: MAML.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace Root = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the help of some cmdlets to a file.</summary>
    public static void Write(IEnumerable<CommandHelp> commands, string file)
    {
        var document = new XDocument(new XElement(Root + "helpItems", new XAttribute("schema", "maml"), commands.Select(Of)));
        using var writer = XmlWriter.Create(file, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n", NewLineHandling = NewLineHandling.Replace });
        document.Save(writer);
    }

    private static XElement Of(CommandHelp help) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", help.Name),
            new XElement(Command + "verb", help.Verb),
            new XElement(Command + "noun", help.Noun),
            Description([help.Synopsis])),
        Description(help.Description),
        new XElement(Command + "syntax", help.ParameterSets.Select(set => Syntax(help, set))),
        new XElement(Command + "parameters", help.Parameters.Select(static parameter => Parameter(parameter, parameter.Places.Values.First(), inSyntax: false))),
        new XElement(Command + "inputTypes", help.Inputs.Select(static type => new XElement(Command + "inputType", TypeContent(type)))),
        new XElement(Command + "returnValues", help.Outputs.Select(static type => new XElement(Command + "returnValue", TypeContent(type)))),
        new XElement(Command + "examples", help.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", help.Links.Select(static link => new XElement(Maml + "navigationLink", new XElement(Maml + "linkText", link), new XElement(Maml + "uri")))));

    // As PowerShell orders them: by position, then what must be named, then the rest.
    private static XElement Syntax(CommandHelp help, string set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", help.Name),
        help.Parameters
            .Select(parameter => (Parameter: parameter, Place: parameter.PlaceIn(set)))
            .Where(static item => item.Place is not null)
            .OrderBy(static item => item.Place!.Position ?? int.MaxValue)
            .ThenByDescending(static item => item.Place!.Mandatory)
            .Select(static item => Parameter(item.Parameter, item.Place!, inSyntax: true)));

    private static XElement Parameter(ParameterHelp parameter, ParameterPlace place, bool inSyntax) => new(
        Command + "parameter",
        new XAttribute("required", Text(place.Mandatory)),
        new XAttribute("variableLength", Text(parameter.TypeName.EndsWith("[]", StringComparison.Ordinal))),
        new XAttribute("globbing", Text(parameter.TakesWildcards)),
        new XAttribute("pipelineInput", place.PipelineInput),
        new XAttribute("position", place.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Maml + "name", parameter.Name),
        Description(parameter.Description),
        inSyntax && parameter.Values.Count > 0 ? new XElement(Command + "parameterValueGroup", parameter.Values.Select(static value => Value(value, required: false))) : null,
        inSyntax && parameter.IsSwitch ? null : Value(parameter.TypeName, required: !parameter.IsSwitch),
        new XElement(Dev + "type", new XElement(Maml + "name", parameter.TypeName), new XElement(Maml + "uri")),
        new XElement(Dev + "defaultValue", parameter.Default));

    private static XElement Value(string text, bool required) =>
        new(Command + "parameterValue", new XAttribute("required", Text(required)), new XAttribute("variableLength", "false"), text);

    private static object[] TypeContent(TypeHelp type) =>
        [new XElement(Dev + "type", new XElement(Maml + "name", type.Name), new XElement(Maml + "uri")), Description([type.Description])];

    private static XElement Example(ExampleHelp example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", string.Create(CultureInfo.InvariantCulture, $"-------------------------- Example {index + 1} --------------------------")),
        new XElement(Dev + "code", example.Code),
        // The last paragraph is the blank line before the next title.
        new XElement(Dev + "remarks", Paragraphs([.. example.Remarks, ""])));

    private static XElement Description(IEnumerable<string> paragraphs) => new(Maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) => paragraphs.Select(static paragraph => new XElement(Maml + "para", paragraph));

    private static string Text(bool value) => value ? "true" : "false";
}
