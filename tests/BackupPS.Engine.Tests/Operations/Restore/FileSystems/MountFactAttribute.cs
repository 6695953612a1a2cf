using System.Diagnostics;

namespace BackupPS.Engine.Tests.Operations.Restore.FileSystems;

/// <summary>A test that mounts file systems. Where that cannot be done, or a program for it is not installed, it is skipped, which the runner shows and counts.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : ToolFactAttribute
{
    private static readonly Lazy<string?> CannotMount = new(static () =>
        !OperationsChild.IsRoot ? "Only root may mount." : Succeeds("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt") ? null : "This system does not let root mount.");

    private static readonly Lazy<string?> NoLoopDevice = new(static () => Succeeds("losetup", "-f") ? null : "This system has no loop devices.");

    public MountFactAttribute(params string[] programs)
        : base(["unshare", "mount", .. programs])
    {
        Skip ??= CannotMount.Value ?? (programs.Length > 0 ? NoLoopDevice.Value : null);
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
