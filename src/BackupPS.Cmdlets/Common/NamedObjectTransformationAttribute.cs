using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Lets a parameter that takes a name also take the object, live or deserialized, that carries the name in a property.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class NamedObjectTransformationAttribute : ArgumentTransformationAttribute
{
    private readonly string property;

    /// <param name="property">The property that carries the name.</param>
    private protected NamedObjectTransformationAttribute(string property) => this.property = property;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? plain = inputData is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : inputData;
        return plain switch
        {
            null or string => plain,
            object?[] several => Array.ConvertAll(several, one => Transform(engineIntrinsics, one)),
            _ => PSObject.AsPSObject(inputData).Properties[property]?.Value is string name ? name : inputData,
        };
    }
}
