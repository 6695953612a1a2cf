using System.Reflection;

namespace BackupPS.Help;

/// <summary>Reads PowerShell's attributes without making one of them.</summary>
internal static class AttributeArguments
{
    /// <summary>Whether it is PowerShell's attribute of that name: <c>Parameter</c>, <c>ValidateSet</c>.</summary>
    public static bool Is(this CustomAttributeData attribute, string name) => attribute.AttributeType.FullName == $"System.Management.Automation.{name}Attribute";

    /// <summary>What it says by name; enums are numbers.</summary>
    public static T Named<T>(this CustomAttributeData attribute, string argument, T otherwise) =>
        attribute.NamedArguments.Where(named => named.MemberName == argument).Select(static named => (T)named.TypedValue.Value!).FirstOrDefault(otherwise);

    /// <summary>What it says at a place.</summary>
    public static T At<T>(this CustomAttributeData attribute, int index) => (T)attribute.ConstructorArguments[index].Value!;

    /// <summary>The array that it says first.</summary>
    public static IEnumerable<T> Several<T>(this CustomAttributeData attribute) =>
        attribute.At<IEnumerable<CustomAttributeTypedArgument>>(0).Select(static one => (T)one.Value!);
}
