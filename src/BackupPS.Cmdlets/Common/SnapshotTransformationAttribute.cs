using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>
/// <c>-SnapshotId</c> also takes snapshots, live or deserialized. What was listed for all hosts does not name a snapshot of one, as an id that was written
/// does: the id of such an object has a mark, which the command takes off (<see cref="Plain"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SnapshotTransformationAttribute : ArgumentTransformationAttribute
{
    private const char ListedMark = '\u0001';

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : inputData;
        return plain switch
        {
            null or string => plain,
            object?[] several => Array.ConvertAll(several, one => Transform(engineIntrinsics, one)),
            _ => Name(PSObject.AsPSObject(inputData)) ?? inputData,
        };
    }

    /// <summary>Whether an id is of an object that was not listed by its host.</summary>
    internal static bool IsListed(string snapshotId) => snapshotId is [ListedMark, ..];

    /// <summary>The id without the mark.</summary>
    internal static string Plain(string snapshotId) => snapshotId.TrimStart(ListedMark);

    private static string? Name(PSObject snapshot)
    {
        if (snapshot.Properties[nameof(BackupSnapshot.SnapshotId)]?.Value is not string { Length: > 0 } id) return null;
        return LanguagePrimitives.IsTrue(snapshot.Properties[SnapshotCmdlet.HostChosenName]?.Value) ? id : ListedMark + id;
    }
}
