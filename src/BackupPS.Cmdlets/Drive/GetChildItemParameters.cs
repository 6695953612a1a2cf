using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>What Get-ChildItem takes on the Backup: drive, as on a file system.</summary>
public sealed class GetChildItemParameters
{
    /// <summary>Only folders. Repositories, policies and snapshots are folders, too.</summary>
    [Parameter]
    [Alias("ad")]
    public SwitchParameter Directory { get; set; }

    /// <summary>Only what is no folder.</summary>
    [Parameter]
    [Alias("af")]
    public SwitchParameter File { get; set; }

    /// <summary>Whether what was bound lets a folder through, or what is none. For paths from the pipeline PowerShell takes the parameters of the current location.</summary>
    internal static bool Wants(object? bound, bool folder)
    {
        if (bound is null) return true;
        PSMemberInfoCollection<PSPropertyInfo> parameters = PSObject.AsPSObject(bound).Properties;
        bool folders = LanguagePrimitives.IsTrue(parameters[nameof(Directory)]?.Value), files = LanguagePrimitives.IsTrue(parameters[nameof(File)]?.Value);
        return folders == files || folders == folder;
    }
}
