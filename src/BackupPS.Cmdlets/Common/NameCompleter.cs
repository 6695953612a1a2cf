using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BackupPS.Cmdlets;

/// <summary>Completes names that the catalog knows. It unlocks and reaches nothing, and never fails.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var beginning = new WildcardPattern(WildcardPattern.Escape((wordToComplete ?? "").Trim('\'', '"')) + "*", WildcardOptions.IgnoreCase);
        foreach (string name in KnownNames())
        {
            if (beginning.IsMatch(name)) yield return new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, name);
        }
    }

    /// <summary>The names to choose from.</summary>
    private protected abstract IReadOnlyList<string> KnownNames();

    private static string Quote(string name) =>
        name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && name.Length > 0 && name[0] != '-' ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
