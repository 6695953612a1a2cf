using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace BackupPS.Cmdlets;

/// <summary>Completes names that the catalog knows. It unlocks and reaches nothing, never fails, and never lets Tab wait.</summary>
public abstract class NameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string beginning = (wordToComplete ?? "").Trim('\'', '"');
        foreach (string name in CatalogGlance.Take(KnownNames, []))
        {
            if (name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)) yield return new CompletionResult(Quote(name), name, CompletionResultType.ParameterValue, name);
        }
    }

    /// <summary>The names to choose from.</summary>
    private protected abstract IReadOnlyList<string> KnownNames();

    private static string Quote(string name) =>
        name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && name.Length > 0 && name[0] != '-' ? name : $"'{CodeGeneration.EscapeSingleQuotedStringContent(name)}'";
}
