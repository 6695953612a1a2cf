using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace BackupPS.Cmdlets;

/// <summary><c>-Encoding</c> takes the names that PowerShell's own commands take, any name or number of a code page, and an <see cref="Encoding"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>PowerShell's names.</summary>
    internal static readonly IReadOnlyList<string> Names = ["ascii", "ansi", "bigendianunicode", "bigendianutf32", "oem", "unicode", "utf8", "utf8BOM", "utf8NoBOM", "utf32"];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        try
        {
            return plain switch
            {
                string name when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int page) => Encoding.GetEncoding(page),
                string name => Find(name.ToLowerInvariant()),
                int page => Encoding.GetEncoding(page),
                _ => inputData,
            };
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new ArgumentTransformationMetadataException($"'{plain}' is no encoding that this system knows. {e.Message}", e);
        }
    }

    private static Encoding Find(string name) => name switch
    {
        "ascii" => Encoding.ASCII,
        "ansi" => Encoding.GetEncoding(CultureInfo.CurrentCulture.TextInfo.ANSICodePage),
        "bigendianunicode" => Encoding.BigEndianUnicode,
        "bigendianutf32" => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
        "oem" => Encoding.GetEncoding(CultureInfo.CurrentCulture.TextInfo.OEMCodePage),
        "unicode" => Encoding.Unicode,
        "utf8" or "utf8bom" or "utf8nobom" => Encoding.UTF8,
        "utf32" => Encoding.UTF32,
        _ => Encoding.GetEncoding(name),
    };
}
