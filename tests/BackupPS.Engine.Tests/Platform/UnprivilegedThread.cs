using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>Runs a check as user and group 65534 without any capability: root may read everything, so a test of permissions proves nothing as root.</summary>
internal static partial class UnprivilegedThread
{
    public const uint UserId = 65534;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public static bool ProcessIsRoot => GetEffectiveUserId() == 0;

    /// <summary>Runs it on a thread of its own. Where the tests are not run by root, as the account that runs them.</summary>
    public static void Run(Action check)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (ProcessIsRoot) DropPrivileges();
                check();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    // The calls themselves, not libc's functions, which would change every thread of the process.
    private static void DropPrivileges()
    {
        const nint Id = (nint)UserId;
        if (SystemCall(IsArm64 ? 159 : 116, 0, 0, 0) != 0) throw new InvalidOperationException("setgroups failed.");
        if (SystemCall(IsArm64 ? 149 : 119, Id, Id, Id) != 0) throw new InvalidOperationException("setresgid failed.");
        if (SystemCall(IsArm64 ? 147 : 117, Id, Id, Id) != 0) throw new InvalidOperationException("setresuid failed.");
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();
}
