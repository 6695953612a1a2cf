namespace BackupPS.Help;

/// <summary>What a parameter is in one parameter set.</summary>
/// <param name="Mandatory">Whether it must be given.</param>
/// <param name="Position">Its position from 0; <see langword="null"/>: it is named.</param>
/// <param name="ByValue">Whether objects of the pipeline bind to it.</param>
/// <param name="ByPropertyName">Whether a property of that name, of objects of the pipeline, does.</param>
internal sealed record ParameterPlace(bool Mandatory, int? Position, bool ByValue, bool ByPropertyName)
{
    /// <summary>As help says it.</summary>
    public string PipelineInput => (ByValue, ByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}
