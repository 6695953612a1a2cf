using System.Runtime.InteropServices;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>posix_spawn and wait4: .NET's own Process reaps its children itself and so loses what wait4 tells of them.</summary>
internal static partial class LinuxProcess
{
    private const int ReadWriteCreateTruncate = 0x1 | 0x40 | 0x200, ReadOnly = 0, OwnerReadWrite = 0x180, SignalDefaults = 0x4, BrokenPipe = 13;

    // Larger than any C library's posix_spawn_file_actions_t, posix_spawnattr_t or sigset_t (glibc: 80, 336, 128 bytes).
    private const int OpaqueLength = 1024;

    /// <summary>Starts a process.</summary>
    /// <returns>Its id.</returns>
    public static unsafe int Start(Launch launch)
    {
        byte* actions = stackalloc byte[OpaqueLength];
        byte* attributes = stackalloc byte[OpaqueLength];
        byte* signals = stackalloc byte[OpaqueLength];
        var texts = new List<IntPtr>();
        try
        {
            Check(FileActionsInit(actions), launch);
            Check(AttributesInit(attributes), launch);
            Check(FileActionsOpen(actions, 0, "/dev/null", ReadOnly, 0), launch);
            Check(FileActionsOpen(actions, 1, launch.Output ?? "/dev/null", ReadWriteCreateTruncate, OwnerReadWrite), launch);
            if (launch.Errors is null) Check(FileActionsDuplicate(actions, 1, 2), launch);
            else Check(FileActionsOpen(actions, 2, launch.Errors, ReadWriteCreateTruncate, OwnerReadWrite), launch);
            if (launch.WorkingFolder is not null) Check(FileActionsChangeFolder(actions, launch.WorkingFolder), launch);

            // The runtime ignores SIGPIPE, and what is ignored stays so across exec.
            Check(SignalsClear(signals), launch);
            Check(SignalsAdd(signals, BrokenPipe), launch);
            Check(AttributesSetSignalDefaults(attributes, signals), launch);
            Check(AttributesSetFlags(attributes, SignalDefaults), launch);

            IntPtr[] arguments = NullTerminated([launch.Program, .. launch.Arguments], texts);
            IntPtr[] environment = NullTerminated(launch.WholeEnvironment(), texts);
            int process;
            int error;
            fixed (IntPtr* argumentList = arguments, environmentList = environment)
            {
                error = Spawn(&process, launch.Program, actions, attributes, argumentList, environmentList);
            }

            if (error == 2) throw new BenchmarkException($"'{launch.Program}' is not installed.");
            Check(error, launch);
            return process;
        }
        finally
        {
            foreach (IntPtr text in texts) Marshal.FreeCoTaskMem(text);
            _ = FileActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    /// <summary>Waits for the end of a process.</summary>
    /// <returns>Its exit code (128 and its signal where one ended it), and what it and the children that it waited for used.</returns>
    public static unsafe (int ExitCode, ResourceUsage Usage) Wait(int process)
    {
        int status;
        ResourceUsage usage;
        int result;
        do
        {
            result = Wait4(process, &status, 0, &usage);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == 4);

        if (result != process) throw new BenchmarkException($"wait4 failed with error {Marshal.GetLastPInvokeError()}.");
        int signal = status & 0x7F;
        return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, usage);
    }

    /// <summary>Writes back everything that is dirty, so that no run pays for another's.</summary>
    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void Sync();

    private static void Check(int error, Launch launch)
    {
        if (error != 0) throw new BenchmarkException($"'{launch.Program}' cannot be started: error {error}.");
    }

    private static IntPtr[] NullTerminated(IReadOnlyList<string> values, List<IntPtr> texts)
    {
        var pointers = new IntPtr[values.Count + 1];
        for (int i = 0; i < values.Count; i++) texts.Add(pointers[i] = Marshal.StringToCoTaskMemUTF8(values[i]));
        return pointers;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Spawn(int* process, string program, byte* actions, byte* attributes, IntPtr* arguments, IntPtr* environment);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    private static unsafe partial int Wait4(int process, int* status, int options, ResourceUsage* usage);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int FileActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int FileActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int FileActionsOpen(byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int FileActionsDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int FileActionsChangeFolder(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static unsafe partial int AttributesSetSignalDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static unsafe partial int SignalsClear(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static unsafe partial int SignalsAdd(byte* signals, int signal);
}
