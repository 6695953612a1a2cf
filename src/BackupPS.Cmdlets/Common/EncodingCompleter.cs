namespace BackupPS.Cmdlets;

/// <summary>Completes the names of encodings.</summary>
public sealed class EncodingCompleter : NameCompleter
{
    private protected override IReadOnlyList<string> KnownNames() => EncodingTransformationAttribute.Names;
}
