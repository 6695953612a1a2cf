using BackupPS.Engine.Tests.ArchitectureRules.Targets;

namespace BackupPS.Engine.Tests.ArchitectureRules;

#pragma warning disable CA1822, CA1823, CA1852, CS0169, CS0649, IDE0044, IDE0051, CA1812

/// <summary>Refers to one type of <see cref="Targets"/> in each way there is, so that <see cref="TypeReferences"/> can be tested.</summary>
internal sealed class ReferenceSamples : Base, IContract
{
    private Dictionary<string, InField[]>? field;

    public static object? Attributed([Marker] string text) => text;

    public Task<InReturn>? Signature<T>(InParameter?[] parameter)
        where T : InConstraint => null;

    public int Body(object value)
    {
        try
        {
            return value is InTypeTest ? InCall.Value() : Generic<InGenericArgument>() + typeof(InTypeOf).Name.Length + InStaticField.Number.Length;
        }
        catch (InCatch)
        {
            return 0;
        }
    }

    public Func<object> Lambda() => static () => new InLambda();

    public async Task Later()
    {
        await Task.Yield();
        _ = new InAsync();
    }

    public IEnumerable<object> Sequence()
    {
        yield return new InIterator();
    }

    private static int Generic<T>() => typeof(T).Name.Length;

    private sealed class Nested
    {
        public InNested? Value { get; set; }
    }
}
