using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Wildcards in names. Case does not count, by the same rules in every culture: in Turkish ones, PowerShell's own would not find <c>main</c> by <c>MAIN</c>.</summary>
internal static class NamePattern
{
    /// <summary>PowerShell's pattern.</summary>
    internal static WildcardPattern Of(string pattern) => new(pattern, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
}
