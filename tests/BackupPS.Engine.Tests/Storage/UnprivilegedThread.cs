using System.Runtime.InteropServices;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>Runs a test's check as a user who may not read everything: as it is, or on a thread that has given up root's rights over files (setfsuid(2), Linux).</summary>
internal static partial class UnprivilegedThread
{
    private const uint Nobody = 65534;

    public static void Run(Action check)
    {
        Exception? failure = null;
        // A thread of its own, which ends here: the rights are the thread's.
        var thread = new Thread(() =>
        {
            try
            {
                if (EffectiveUser() == 0)
                {
                    _ = SetGroup(Nobody);
                    _ = SetUser(Nobody);
                    // The call answers with what was set before, and changes nothing for a user that cannot be.
                    Assert.Equal((int)Nobody, SetUser(uint.MaxValue));
                }

                check();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException($"As an unprivileged user: {failure.Message}", failure);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetUser(uint user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial int SetGroup(uint group);
}
