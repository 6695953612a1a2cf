using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Completes ids of snapshots that this host has listed before, the latest first. It unlocks and reaches nothing, never fails, and never lets Tab wait.</summary>
public sealed class SnapshotCompleter : IArgumentCompleter
{
    /// <summary>More than one looks through; whoever wants another types its first digits.</summary>
    private const int Shown = 100;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string beginning = (wordToComplete ?? "").Trim('\'', '"');
        string? repository = Bound("Repository");
        string? policyName = Bound("PolicyName");
        foreach (BackupSnapshot snapshot in CatalogGlance.Take(() => ModuleSession.Current.GetEngine().GetKnownSnapshots(repository, policyName, beginning, Shown), []))
        {
            string what = $"{snapshot.Type}{(snapshot.PolicyName.Length > 0 ? $" of {snapshot.PolicyName}" : "")}, {ViewText.Time(snapshot.Time)}";
            yield return new CompletionResult(snapshot.SnapshotId, $"{ViewText.Id(snapshot.SnapshotId)} {what}", CompletionResultType.ParameterValue, $"{snapshot.SnapshotId}: {what}, {snapshot.HostName}, {ViewText.Path(snapshot.Source)}");
        }

        // A name on the command line; a variable is not known yet.
        string? Bound(string parameter) => fakeBoundParameters?[parameter] as string is { Length: > 0 } value ? value : null;
    }
}
