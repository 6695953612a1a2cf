using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace BackupPS.Help;

/// <summary>Documentation comments, from the files that the compiler writes.</summary>
internal sealed partial class Documentation
{
    private readonly Dictionary<string, XElement> members;

    private Documentation(Dictionary<string, XElement> members) => this.members = members;

    /// <summary>Reads documentation files.</summary>
    public static Documentation Load(IEnumerable<string> files) => new(files
        .SelectMany(static file => XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member"))
        .ToDictionary(static member => member.Attribute("name")!.Value, StringComparer.Ordinal));

    /// <summary>The comment of a type; an empty one where it has none.</summary>
    public XElement Of(Type type) => Find("T:" + type.FullName);

    /// <summary>The comment of a property, where it is declared; an empty one where it has none.</summary>
    public XElement Of(PropertyInfo property) => Find($"P:{property.DeclaringType!.FullName}.{property.Name}");

    /// <summary>Its paragraphs, in one.</summary>
    public static string Line(XElement? element) => string.Join(' ', Paragraphs(element));

    /// <summary>The paragraphs of an element: what stands in <c>para</c>, and what stands between them. Lists are lines of one paragraph; code is left out.</summary>
    public static IReadOnlyList<string> Paragraphs(XElement? element)
    {
        List<string> paragraphs = [];
        var loose = new StringBuilder();
        foreach (XNode node in element?.Nodes() ?? [])
        {
            if (node is XElement { Name.LocalName: "code" }) continue;
            if (node is not XElement { Name.LocalName: "para" or "list" } block)
            {
                loose.Append(Inline(node));
                continue;
            }

            Add(loose.ToString());
            loose.Clear();
            if (block.Name.LocalName == "para") Add(Inline(block));
            else paragraphs.Add(string.Join('\n', block.Elements("item").Select(static item => "- " + Collapse(Inline(item)))));
        }

        Add(loose.ToString());
        return paragraphs;

        void Add(string text)
        {
            string collapsed = Collapse(text);
            if (collapsed.Length > 0) paragraphs.Add(collapsed);
        }
    }

    /// <summary>The lines of a <c>code</c> element, without what they are all indented by. A line that begins beside the tag has no indent to count.</summary>
    public static string Code(XElement code)
    {
        string[] lines = [.. code.Value.ReplaceLineEndings("\n").Split('\n').Select(static line => line.TrimEnd())];
        int indent = lines.Skip(1).Where(static line => line.Length > 0).Select(static line => line.Length - line.TrimStart().Length).DefaultIfEmpty(0).Min();
        IEnumerable<string> moved = lines.Skip(1).Select(line => line.Length > indent ? line[indent..] : "");
        return string.Join('\n', moved.Prepend(lines[0].TrimStart())).Trim('\n');
    }

    private XElement Find(string id) => members.GetValueOrDefault(id) ?? new XElement("member");

    private static string Inline(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } see when see.IsEmpty => Named(see),
        XElement { Name.LocalName: "paramref" } parameter => parameter.Attribute("name")?.Value ?? "",
        XElement element => string.Concat(element.Nodes().Select(Inline)),
        _ => "",
    };

    // A reference is shown by the last part of its name: T:BackupPS.BackupPolicy is BackupPolicy.
    private static string Named(XElement see) => see.Attribute("langword")?.Value ?? see.Attribute("cref")?.Value.Split('.', ':')[^1] ?? "";

    private static string Collapse(string text) => Blanks().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
