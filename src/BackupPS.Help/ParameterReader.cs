using System.Globalization;
using System.Reflection;
using System.Xml.Linq;

namespace BackupPS.Help;

/// <summary>Reads what help says of the parameters of a cmdlet, those of its bases included.</summary>
internal sealed class ParameterReader(Documentation documentation)
{
    private const string Switch = "System.Management.Automation.SwitchParameter";
    private const string TransformationSuffix = "TransformationAttribute";

    /// <summary>The parameters, each class's in the order of their declaration, those of a base after those of what derives from it.</summary>
    public IEnumerable<ParameterHelp> Read(Type command)
    {
        for (Type? type = command; type is not null && type.Assembly == command.Assembly; type = type.BaseType)
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).OrderBy(static p => p.MetadataToken))
            {
                IList<CustomAttributeData> attributes = property.GetCustomAttributesData();
                if (attributes.Any(static a => a.Is("Parameter"))) yield return Read(property, attributes);
            }
        }
    }

    /// <summary>What PowerShell adds to a cmdlet that changes something.</summary>
    /// <param name="asks">Whether it asks before each change unless it is told not to.</param>
    public static IEnumerable<ParameterHelp> ShouldProcess(bool asks)
    {
        var anywhere = new Dictionary<string, ParameterPlace>(StringComparer.Ordinal) { [ParameterHelp.AllSets] = new(false, null, false, false) };
        yield return Added("WhatIf", "wi", "Says what the command would do, as exactly as it can tell, and changes nothing.");
        yield return Added("Confirm", "cf", asks
            ? "Asks before each change. This command asks unless you say -Confirm:$false, or $ConfirmPreference is None."
            : "Asks before each change.");

        ParameterHelp Added(string name, string alias, string text) => new()
        {
            Name = name,
            TypeName = "SwitchParameter",
            ElementType = Switch,
            IsSwitch = true,
            Default = "False",
            Description = [text],
            Aliases = [alias],
            Places = anywhere,
        };
    }

    private ParameterHelp Read(PropertyInfo property, IList<CustomAttributeData> attributes)
    {
        XElement comment = documentation.Of(property);
        bool isSwitch = property.PropertyType.FullName == Switch;
        string[] values = [.. attributes.Where(static a => a.Is("ValidateSet")).SelectMany(static a => a.Several<string>())];
        List<string> description = [.. Documentation.Paragraphs(comment.Element("summary"))];

        // What the code says itself follows what its author says; where that is nothing, it is missing.
        if (description.Count > 0) description.AddRange(Bounds(property, attributes, values));
        string stated = Documentation.Line(comment.Element("value"));
        return new ParameterHelp
        {
            Name = property.Name,
            TypeName = TypeName.Of(property.PropertyType),
            ElementType = TypeName.Element(property.PropertyType),
            IsSwitch = isSwitch,
            Default = stated.Length > 0 ? stated : isSwitch ? "False" : "None",
            Description = description,
            Aliases = [.. attributes.Where(static a => a.Is("Alias")).SelectMany(static a => a.Several<string>())],
            Values = values,
            TakesWildcards = attributes.Any(static a => a.Is("SupportsWildcards")),
            TakesNoun = attributes.Select(static a => a.AttributeType.Name).Where(static n => n.EndsWith(TransformationSuffix, StringComparison.Ordinal)).Select(static n => n[..^TransformationSuffix.Length]).FirstOrDefault("Nothing"),
            Places = attributes.Where(static a => a.Is("Parameter")).ToDictionary(static a => a.Named("ParameterSetName", ParameterHelp.AllSets), Place, StringComparer.Ordinal),
        };
    }

    private static ParameterPlace Place(CustomAttributeData attribute) => new(
        attribute.Named("Mandatory", false),
        attribute.Named("Position", int.MinValue) is >= 0 and int position ? position : null,
        attribute.Named("ValueFromPipeline", false),
        attribute.Named("ValueFromPipelineByPropertyName", false));

    private static IEnumerable<string> Bounds(PropertyInfo property, IList<CustomAttributeData> attributes, string[] values)
    {
        if (values.Length > 0) yield return $"{(property.PropertyType.IsArray ? "Any" : "One")} of: {string.Join(", ", values)}.";
        foreach (CustomAttributeData range in attributes.Where(static a => a.Is("ValidateRange") && a.ConstructorArguments.Count == 2))
        {
            object least = range.At<object>(0), most = range.At<object>(1);
            bool open = most is int.MaxValue or long.MaxValue;
            if (!open) yield return string.Create(CultureInfo.InvariantCulture, $"From {least} to {most}.");
            else if (least is not (0 or 0L)) yield return string.Create(CultureInfo.InvariantCulture, $"{least} or more.");
        }
    }
}
