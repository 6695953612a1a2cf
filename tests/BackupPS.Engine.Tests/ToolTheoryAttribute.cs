namespace BackupPS.Engine.Tests;

/// <summary>A test with data that calls programs of the system. Where one is not installed it is skipped, which the runner shows and counts.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] programs) => Skip = InstalledTools.Lacking(programs);
}
