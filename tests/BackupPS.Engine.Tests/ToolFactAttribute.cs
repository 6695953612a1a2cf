namespace BackupPS.Engine.Tests;

/// <summary>A test that calls programs of the system. Where one is not installed it is skipped, which the runner shows and counts.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] programs) => Skip = InstalledTools.Lacking(programs);
}
