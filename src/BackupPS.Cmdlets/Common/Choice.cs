using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace BackupPS.Cmdlets;

/// <summary>A word of several, for setters of parameters with a <see cref="ValidateSetAttribute"/>.</summary>
internal static class Choice
{
    /// <summary>The word as the attribute spells it: PowerShell lets it through in any case, and the engine knows one.</summary>
    /// <typeparam name="TCmdlet">The type that declares the parameter.</typeparam>
    /// <param name="value">What the user wrote.</param>
    /// <param name="parameter">The parameter.</param>
    internal static string Of<TCmdlet>(string value, [CallerMemberName] string parameter = "")
        where TCmdlet : BackupCmdlet =>
        typeof(TCmdlet).GetProperty(parameter)!.GetCustomAttribute<ValidateSetAttribute>()!.ValidValues.FirstOrDefault(word => word.Equals(value, StringComparison.OrdinalIgnoreCase)) ?? value;
}
