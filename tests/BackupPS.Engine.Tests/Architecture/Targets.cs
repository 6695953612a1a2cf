#pragma warning disable CA1852, CA1032, CA1812, CA1064, CA1813

namespace BackupPS.Engine.Tests.ArchitectureRules.Targets;

/// <summary>What <see cref="ReferenceSamples"/> refers to: one type for each way, in one file since none of them is more than its name.</summary>
internal class Base;

internal interface IContract;

internal class InField;

internal class InReturn;

internal class InParameter;

internal class InConstraint;

internal class InTypeTest;

internal class InGenericArgument;

internal class InTypeOf;

internal class InCatch : Exception;

internal class InLambda;

internal class InAsync;

internal class InIterator;

internal class InNested;

internal class NotReferred;

[AttributeUsage(AttributeTargets.All)]
internal sealed class MarkerAttribute : Attribute;

internal static class InCall
{
    public static int Value() => 1;
}

internal static class InStaticField
{
    public static readonly string Number = "1";
}
