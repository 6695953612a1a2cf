using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>The error DriveReadOnly, where a provider can only throw.</summary>
/// <param name="record">What users see.</param>
internal sealed class DriveReadOnlyException(ErrorRecord record) : InvalidOperationException(record.ErrorDetails.Message), IContainsErrorRecord
{
    /// <summary>What users see.</summary>
    public ErrorRecord ErrorRecord => record;
}
