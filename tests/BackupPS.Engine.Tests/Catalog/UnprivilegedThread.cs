using BackupPS.Engine.Catalog;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Tests.Catalog;

/// <summary>
/// Runs code whose file access is that of nobody. On Linux setfsuid(2) is per thread, and leaving 0 drops the capabilities that override permissions;
/// who is not root already needs no more.
/// </summary>
internal static partial class UnprivilegedThread
{
    private const int Nobody = 65534;

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Environment.IsPrivilegedProcess)
                {
                    _ = SetFileSystemGroup(Nobody);
                    _ = SetFileSystemUser(Nobody);

                    // The only way to learn whether it worked is to ask again; an invalid id changes nothing and returns the current one.
                    Assert.Equal(Nobody, SetFileSystemUser(-1));
                }

                action();
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

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(int user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial int SetFileSystemGroup(int group);
}
