using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>For switches and numbers: <see langword="null"/> and empty text, as of a variable that was never set, would become no or 0, and that may mean something.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RefuseNullAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData switch
        {
            null => throw new ArgumentTransformationMetadataException("The value is null, as of a variable that was never set."),
            string text when string.IsNullOrWhiteSpace(text) => throw new ArgumentTransformationMetadataException("The value is empty, as of a variable that was never set."),
            _ => inputData,
        };
}
