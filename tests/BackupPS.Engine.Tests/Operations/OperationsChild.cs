using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>An operation in a process of its own: to be killed, limited, or run by an account that may not read everything.</summary>
internal static partial class OperationsChild
{
    public const string Task = "operations";

    /// <summary>An account without rights.</summary>
    public const uint Nobody = 65534;

    public static bool IsRoot => !OperatingSystem.IsWindows() && GetEffectiveUserId() == 0;

    /// <summary>Starts it and waits for its end.</summary>
    /// <returns>What it said, line by line.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(TestBench bench, params string[] arguments)
    {
        (int code, string output, string error) = await ChildProcess.RunAsync(ChildProcess.CommandLine([Task, bench.Folder, .. arguments]));
        Assert.True(code == 0, $"The child ended with {code}: {error}{output}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Runs in the child: <c>folder backup|restore|recover|verify [as=id] [files=number] [speed=factor] [loaded=assembly] [exhaust=yes] [die=number of the change] [name=value ...]</c>.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        string Option(string name, string otherwise) => arguments.FirstOrDefault(a => a.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? otherwise;
        uint account = uint.Parse(Option("as", "0"), CultureInfo.InvariantCulture);
        ulong files = ulong.Parse(Option("files", "0"), CultureInfo.InvariantCulture);
        if (files > 0 && SetLimit(OpenFiles, [files, files]) != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
        if (account != 0 && IsRoot) LoadAll();
        if (account != 0 && IsRoot && (SetGroups(0, 0) != 0 || SetGroup(account, account, account) != 0 || SetUser(account, account, account) != 0)) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
        string speed = Option("speed", "");
        await using var bench = new TestBench(folder: arguments[0], openFolder: Option("exhaust", "").Length > 0 ? OpenAndExhaust : null, clock: speed.Length > 0 ? new FastClock(long.Parse(speed, CultureInfo.InvariantCulture)) : null);
        using var memory = new PeakMemory();
        Console.WriteLine("begun");
        try
        {
            switch (arguments[1])
            {
                case "backup":
                    BackupResult backup = await bench.Engine.BackupAsync(new BackupRequest { Source = [Option("source", bench.Source)], Repository = bench.Vault, Type = Option("type", "Auto") }, bench.Callbacks, default);
                    Console.WriteLine($"result {backup.Status} {backup.SnapshotId} new={backup.FilesNew} read={backup.FilesRead}");
                    break;
                case "restore":
                    bool inPlace = Option("inplace", "").Length > 0;
                    string path = Option("path", "");
                    long left = long.Parse(Option("die", "0"), CultureInfo.InvariantCulture);
                    if (left > 0) bench.Hooks.Changing = _ =>
                    {
                        if (Interlocked.Decrement(ref left) == 0) Process.GetCurrentProcess().Kill();
                    };
                    Func<RestoreRequest, RestoreRequest> change = r => r with
                    {
                        Verify = true,
                        NoRollback = Option("atonce", "").Length > 0,
                        InPlace = inPlace,
                        DeleteExtra = inPlace && Option("extra", "") != "stays",
                        Overwrite = Option("overwrite", inPlace ? "Always" : r.Overwrite),
                        LiteralPath = path.Length > 0 ? [path] : [],
                    };
                    if (Option("plan", "").Length > 0)
                    {
                        RestorePlan plan = await bench.PlanRestoreAsync(Option("snapshot", ""), Option("to", "out"), change);
                        Console.WriteLine($"plan {plan.FilesToRestore} {plan.FilesToDelete}");
                        break;
                    }

                    RestoreResult restored = await bench.RestoreAsync(Option("snapshot", ""), Option("to", "out"), change);
                    Console.WriteLine($"result {restored.Status} {restored.FilesRestored}");
                    break;
                case "recover":
                    RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench[Option("to", "out")], complete: Option("complete", "").Length > 0, bench.Callbacks, default);
                    Console.WriteLine($"result {ended.Status} {ended.FilesRestored}");
                    break;
                default:
                    IntegrityReport report = await bench.VerifyAsync(Option("level", "Data"));
                    Console.WriteLine($"result {report.Status}");
                    break;
            }
        }
        catch (BackupException e)
        {
            Console.WriteLine($"error {e.Error.Id} {e.Message}");
        }

        foreach (BackupFault fault in bench.Faults) Console.WriteLine($"fault {fault.Error.Id} {PathText.ToDisplay(fault.Path)}");
        foreach (string warning in bench.Warnings) Console.WriteLine($"warning {warning}");
        string assembly = Option("loaded", "");
        if (assembly.Length > 0) await RetryLibrary.Prepare();
        if (assembly.Length > 0) Console.WriteLine($"loaded {Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == assembly)}");
        Console.WriteLine($"memory {memory.Peak / (1024 * 1024)}");
        return 0;
    }

    // A checkout may lie where the account cannot enter, as in root's home: what the operation needs of it is loaded before.
    private static void LoadAll()
    {
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
        {
            if (!Path.GetFileName(file).StartsWith("xunit", StringComparison.Ordinal)) AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
        }

        SqliteLibrary.Require();
    }

    // The store is open, and then nothing more can be opened.
    private static FolderObjectStore OpenAndExhaust(string path)
    {
        FolderObjectStore store = FolderObjectStore.Open(path);
        RetryLibrary.Prepare().Wait();
        SqliteLibrary.Require();
        StartThreads();
        try
        {
            while (true) Taken.Add(File.OpenHandle("/dev/null"));
        }
        catch (IOException)
        {
            return store;
        }
    }

    // The runtime needs descriptors for each thread that it starts: without one, its pool ends the process ("Out of memory."), whatever the program does.
    private static void StartThreads()
    {
        ThreadPool.SetMinThreads(PoolThreads, PoolThreads);
        for (int i = 0; i < PoolThreads; i++) ThreadPool.UnsafeQueueUserWorkItem(static _ => Started.SignalAndWait(), state: null);
        Started.SignalAndWait();
        using var fired = new ManualResetEventSlim();
        using var timer = new Timer(_ => fired.Set(), state: null, dueTime: 1, Timeout.Infinite);
        fired.Wait();
    }

    private const int PoolThreads = 32;

    private static readonly Barrier Started = new(PoolThreads + 1);

    private static readonly List<SafeFileHandle> Taken = [];

    private const int OpenFiles = 7;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    // libc's functions, which change every thread of the process.
    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nint count, nint groups);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroup(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUser(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong[] limits);
}
