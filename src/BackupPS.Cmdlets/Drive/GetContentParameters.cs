using System.Management.Automation;
using System.Text;

namespace BackupPS.Cmdlets;

/// <summary>What Get-Content takes on the Backup: drive, as on a file system.</summary>
public sealed class GetContentParameters
{
    /// <summary>Emits bytes in place of lines: one by one, or in arrays of at most -ReadCount.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>How the file's text is encoded, where it does not begin with a byte order mark: utf8 by default, or another name or number that .NET knows.</summary>
    [Parameter]
    [EncodingTransformation]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNull]
    public Encoding? Encoding { get; set; }

    /// <summary>Emits the whole content as one object.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Emits what is between these strings in place of lines.</summary>
    [Parameter]
    public string? Delimiter { get; set; }

    /// <summary>What was bound. For items from the pipeline PowerShell takes the parameters of the current location, which have the same names on a file system.</summary>
    internal static GetContentParameters From(object? bound)
    {
        if (bound is null or GetContentParameters) return bound as GetContentParameters ?? new GetContentParameters();
        PSMemberInfoCollection<PSPropertyInfo> others = PSObject.AsPSObject(bound).Properties;
        return new GetContentParameters
        {
            AsByteStream = LanguagePrimitives.IsTrue(others[nameof(AsByteStream)]?.Value),
            Raw = LanguagePrimitives.IsTrue(others[nameof(Raw)]?.Value),
            Encoding = LanguagePrimitives.IsTrue(others["WasStreamTypeSpecified"]?.Value) ? others[nameof(Encoding)]?.Value as Encoding : null,
            Delimiter = LanguagePrimitives.IsTrue(others["DelimiterSpecified"]?.Value) ? others[nameof(Delimiter)]?.Value as string : null,
        };
    }
}
