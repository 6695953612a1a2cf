using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace BackupPS.Cmdlets;

/// <summary>
/// What was written on the command line and is nothing, as of a variable that was never set. Nothing never means all: it is refused before anything is done.
/// </summary>
/// <remarks>
/// A parameter that does not come along the pipeline documents an empty value by allowing it. Where one does, an empty value is that of a record, which the
/// command judges: the result of a run that committed no snapshot has an empty id.
/// </remarks>
internal static class EmptyArgument
{
    /// <summary>The error for the first such argument; <see langword="null"/> when there is none.</summary>
    /// <param name="command">The type of the command.</param>
    /// <param name="given">What was given on the command line, by parameter.</param>
    internal static ErrorRecord? Find(Type command, IReadOnlyDictionary<string, object?> given)
    {
        foreach ((string name, object? value) in given)
        {
            if (command.GetProperty(name) is not { } property || !property.IsDefined(typeof(ParameterAttribute))) continue;
            if (Judge(property, value is PSObject wrapped ? wrapped.BaseObject : value) is { } what) return Error(name, what);
        }

        return null;
    }

    private static string? Judge(PropertyInfo parameter, object? value) => value switch
    {
        null => "null",
        string { Length: 0 } => Documents<AllowEmptyStringAttribute>(parameter) ? null : "empty",
        ICollection { Count: 0 } => Documents<AllowEmptyCollectionAttribute>(parameter) ? null : "empty",
        object?[] several when Array.Exists(several, static one => (one is PSObject wrapped ? wrapped.BaseObject : one) is null or "") => "a list with an element that is null or empty",
        _ => null,
    };

    private static bool Documents<TAttribute>(PropertyInfo parameter)
        where TAttribute : Attribute =>
        parameter.IsDefined(typeof(TAttribute)) && !parameter.GetCustomAttributes<ParameterAttribute>().Any(static declared => declared.ValueFromPipelineByPropertyName);

    private static ErrorRecord Error(string parameter, string what)
    {
        string message = $"Cannot validate argument on parameter '{parameter}'. The value is {what}.";
        return new ErrorRecord(new ParameterBindingException(message), "ParameterArgumentValidationError", ErrorCategory.InvalidData, parameter)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = $"Give -{parameter} a value, or leave it out. A variable in it may never have been set: Set-StrictMode -Version 3 finds those." },
        };
    }
}
