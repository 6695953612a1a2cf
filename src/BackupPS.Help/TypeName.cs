namespace BackupPS.Help;

/// <summary>Names of types as PowerShell shows them in a syntax.</summary>
internal static class TypeName
{
    private static readonly Dictionary<string, string> Short = new(StringComparer.Ordinal)
    {
        ["System.String"] = "string",
        ["System.Int32"] = "int",
        ["System.Int64"] = "long",
        ["System.Double"] = "double",
        ["System.Boolean"] = "bool",
        ["System.DateTime"] = "datetime",
        ["System.Security.SecureString"] = "securestring",
    };

    /// <summary><c>string[]</c>, <c>datetime</c>, <c>securestring</c>.</summary>
    public static string Of(Type type)
    {
        if (type.IsArray) return Of(type.GetElementType()!) + "[]";
        Type plain = type.IsGenericType && type.GetGenericTypeDefinition().FullName == "System.Nullable`1" ? type.GetGenericArguments()[0] : type;
        return Short.GetValueOrDefault(plain.FullName!) ?? plain.Name;
    }

    /// <summary>Full name of what one element of an array is, or of the type itself.</summary>
    public static string Element(Type type) => (type.IsArray ? type.GetElementType()! : type).FullName!;
}
