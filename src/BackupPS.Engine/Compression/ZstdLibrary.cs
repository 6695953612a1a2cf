using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Compression;

/// <summary>The system's libzstd. Signatures from zstd.h, stable since version 1.4.0, and the same in the 1.3.8 that is shipped for Windows.</summary>
internal static unsafe partial class ZstdLibrary
{
    private const string Name = "libzstd";
    private const string Shipped = "runtimes/win-x64/native/libzstd.dll";
    private static readonly Lazy<bool> Available = new(static () => Load() != 0);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsAvailable => Available.Value;

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "A resolver must stand before the first P/Invoke of the assembly, and there is one resolver per assembly.")]
    internal static void RegisterResolver() =>
        NativeLibrary.SetDllImportResolver(typeof(ZstdLibrary).Assembly, static (name, _, _) => name == Name ? Load() : 0);

    [LibraryImport(Name)]
    internal static partial nint ZSTD_createCCtx();

    [LibraryImport(Name)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Name)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(Name)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Name)]
    internal static partial nuint ZSTD_CCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(Name)]
    internal static partial nuint ZSTD_compress2(nint context, byte* destination, nuint capacity, byte* source, nuint sourceSize);

    [LibraryImport(Name)]
    internal static partial nuint ZSTD_decompressDCtx(nint context, byte* destination, nuint capacity, byte* source, nuint sourceSize);

    [LibraryImport(Name)]
    internal static partial uint ZSTD_isError(nuint code);

    private static nint Load()
    {
        // Names of the library by platform: on Windows the one that is shipped beside the engine; the last are where Homebrew puts it,
        // which is on no search path.
        string[] names = OperatingSystem.IsWindows() ? [Path.Combine(AppContext.BaseDirectory, Shipped), Path.Combine(Path.GetDirectoryName(typeof(ZstdLibrary).Assembly.Location) ?? "", Shipped)]
            : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
            : ["libzstd.so.1"];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), null, out nint handle)) return handle;
        }

        return 0;
    }
}
