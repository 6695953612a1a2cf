using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>
/// What PowerShell lacks for times with an offset, as objects have them: they fit where a <see cref="DateTime"/> is asked for (Get-Date, New-TimeSpan), as
/// local time, and come back from remoting, jobs and files as what they were. module/BackupPS.psm1 and module/BackupPS.Types.ps1xml tell PowerShell of it.
/// </summary>
public sealed class TimeConverter : PSTypeConverter
{
    private const string TravelledName = "Deserialized.System.DateTimeOffset";

    /// <inheritdoc/>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => destinationType == typeof(DateTime) && sourceValue is DateTimeOffset;

    /// <inheritdoc/>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        CanConvertTo(sourceValue, destinationType) ? ((DateTimeOffset)sourceValue).LocalDateTime : throw new InvalidCastException();

    /// <inheritdoc/>
    public override bool CanConvertFrom(PSObject sourceValue, Type destinationType) =>
        destinationType == typeof(DateTimeOffset) && FromElsewhere(sourceValue) is not null;

    /// <inheritdoc/>
    public override object ConvertFrom(PSObject sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        FromElsewhere(sourceValue) ?? throw new InvalidCastException();

    /// <inheritdoc/>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => false;

    /// <inheritdoc/>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new InvalidCastException();

    /// <summary>A time of an object that was made of one of another process.</summary>
    /// <param name="copy">The object.</param>
    /// <param name="name">The property.</param>
    public static object? Of(PSObject copy, string name)
    {
        ArgumentNullException.ThrowIfNull(copy);
        object? value = (copy.Members["psadapted"] as PSMemberSet)?.Properties[name]?.Value;
        return value is PSObject time ? FromElsewhere(time) ?? value : value;
    }

    /// <summary>The time that a copy from another process describes; <see langword="null"/> where the object is none.</summary>
    internal static DateTimeOffset? FromElsewhere(PSObject copy) =>
        copy.TypeNames.Contains(TravelledName) && copy.Properties["UtcDateTime"]?.Value is DateTime utc && copy.Properties["Offset"]?.Value is TimeSpan offset
            ? new DateTimeOffset(utc).ToOffset(offset)
            : null;
}
