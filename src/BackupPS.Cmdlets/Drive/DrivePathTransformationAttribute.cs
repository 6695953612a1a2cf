using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary><c>-Path</c> also takes the path of an item of the Backup: drive, for its path on the source.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DrivePathTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        string path => DrivePath.ToSource(path),
        object?[] several => Array.ConvertAll(several, one => Transform(engineIntrinsics, one)),
        _ => inputData,
    };
}
