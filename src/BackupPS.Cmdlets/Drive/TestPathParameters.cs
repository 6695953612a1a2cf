using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Test-Path takes nothing more on the Backup: drive than anywhere; this tells the provider that it is the one who asks.</summary>
public sealed class TestPathParameters
{
    /// <summary>Whether Test-Path has bound its parameters: these, or for paths from the pipeline those of a file system.</summary>
    internal static bool Are(object? bound) => bound is TestPathParameters || (bound is not null && PSObject.AsPSObject(bound).Properties["OlderThan"] is not null);
}
