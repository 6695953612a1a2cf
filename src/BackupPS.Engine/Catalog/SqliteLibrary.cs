using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// SQLite's native library: the packaged one, else the system's. The packaged one needs glibc 2.34, and .NET runs on systems that have an older one,
/// such as RHEL 8, Debian 11 and Ubuntu 20.04; they bring a SQLite of their own.
/// </summary>
internal static unsafe class SqliteLibrary
{
    // What the provider's P/Invokes call it.
    private const string Packaged = "e_sqlite3";

    /// <summary>The oldest SQLite that knows what our SQL uses: UPSERT came with 3.24.</summary>
    public static readonly Version Oldest = new(3, 24);

    private static readonly Lock Gate = new();
    private static bool found;

    /// <summary>Sees to it that there is a SQLite, before the first connection. Where the packaged one loads, that is all it does.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.SqliteUnavailable"/>; the next call tries again.</exception>
    public static void Require()
    {
        if (Volatile.Read(ref found)) return;
        lock (Gate)
        {
            if (found) return;
            Assembly provider = typeof(SQLite3Provider_e_sqlite3).Assembly;
            if (!TryLoad(Packaged, provider, out _, out string? refusal))
            {
                nint system = LoadSystem(provider, Oldest, refusal);
                NativeLibrary.SetDllImportResolver(provider, (name, _, _) => name == Packaged ? system : 0);
            }

            Volatile.Write(ref found, true);
        }
    }

    /// <summary>Loads the system's library.</summary>
    /// <param name="asking">The assembly whose load context is asked first.</param>
    /// <param name="oldest">What is older is refused.</param>
    /// <param name="refusal">Why the packaged one does not load, for the message.</param>
    /// <exception cref="BackupException"><see cref="BackupError.SqliteUnavailable"/></exception>
    internal static nint LoadSystem(Assembly asking, Version oldest, string? refusal)
    {
        string? name = OperatingSystem.IsLinux() ? "libsqlite3.so.0" : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : null;
        string reason = "this system has none of its own";
        if (name is not null)
        {
            if (TryLoad(name, asking, out nint handle, out _))
            {
                Version version = VersionOf(handle);
                if (version >= oldest) return handle;
                NativeLibrary.Free(handle);
                reason = $"the system's has version {version}, and {oldest} is needed";
            }
            else
            {
                reason = $"the system has no {name} that loads";
            }
        }

        throw new BackupException(BackupError.SqliteUnavailable, $"SQLite, which keeps the catalog, cannot be loaded: the packaged library does not load here ({refusal ?? "it was not found"}), and {reason}.", name ?? Packaged);
    }

    private static bool TryLoad(string name, Assembly asking, out nint handle, out string? refusal)
    {
        refusal = null;
        try
        {
            return NativeLibrary.TryLoad(name, asking, null, out handle);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // A load context says so where it knows the file, and the file does not load.
            handle = 0;
            refusal = ReasonOf(e);
            return false;
        }
    }

    // Of the lines that say what was tried, the first that names the file's own fault.
    private static string ReasonOf(Exception e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (lines.FirstOrDefault(static l => l.Contains(Packaged, StringComparison.Ordinal) && l.StartsWith('/')) ?? lines[0]).TrimEnd('.');
    }

    private static Version VersionOf(nint handle)
    {
        if (!NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out nint export)) return new Version(0, 0);
        int number = ((delegate* unmanaged<int>)export)();
        return new Version(number / 1_000_000, number / 1000 % 1000, number % 1000);
    }
}
