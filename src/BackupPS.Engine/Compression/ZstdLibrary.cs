using System.Reflection;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Compression;

/// <summary>
/// A libzstd that was loaded; it stays loaded as long as the process lives. Signatures from zstd.h, stable since version 1.4.0. By function pointers and not
/// by P/Invoke, so that a library can be tried and passed over, and several can stand side by side; they are also bound five times as fast.
/// </summary>
internal sealed unsafe class ZstdLibrary
{
    private const int OldestVersion = 1_04_00;

    private readonly delegate* unmanaged<nint> createCompression;
    private readonly delegate* unmanaged<nint, nuint> freeCompression;
    private readonly delegate* unmanaged<nint> createDecompression;
    private readonly delegate* unmanaged<nint, nuint> freeDecompression;
    private readonly delegate* unmanaged<nint, int, int, nuint> setParameter;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> compress;
    private readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> decompress;
    private readonly delegate* unmanaged<nuint, uint> isError;

    private ZstdLibrary(nint handle)
    {
        Version = (int)((delegate* unmanaged<uint>)NativeLibrary.GetExport(handle, "ZSTD_versionNumber"))();
        createCompression = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createCCtx");
        freeCompression = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeCCtx");
        createDecompression = (delegate* unmanaged<nint>)NativeLibrary.GetExport(handle, "ZSTD_createDCtx");
        freeDecompression = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_freeDCtx");
        setParameter = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(handle, "ZSTD_CCtx_setParameter");
        compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_compress2");
        decompress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(handle, "ZSTD_decompressDCtx");
        isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(handle, "ZSTD_isError");
    }

    /// <summary>Such as 10507 for 1.5.7.</summary>
    public int Version { get; }

    /// <summary>The system's library; <see langword="null"/> where there is none, or none that serves.</summary>
    public static ZstdLibrary? LoadSystem()
    {
        // Windows has none, and a search by its name could find a stranger's. The last two are where Homebrew puts it, which is on no search path.
        string[] names = OperatingSystem.IsWindows() ? []
            : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
            : ["libzstd.so.1"];
        foreach (string name in names)
        {
            if (Load(name) is { } library) return library;
        }

        return null;
    }

    /// <summary>The library of the package, for the platforms that it has one for; <see langword="null"/> where it does not load.</summary>
    /// <remarks>It needs glibc 2.34; older systems have a libzstd of their own.</remarks>
    public static ZstdLibrary? LoadPackaged() => Load("libzstd");

    /// <summary>A library by its path or name. The load context of this assembly is asked for it first: it knows from deps.json where packages keep theirs.</summary>
    internal static ZstdLibrary? Load(string name)
    {
        nint handle;
        try
        {
            if (!NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), null, out handle)) return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // A load context says so where it knows the file, and the file does not load.
            return null;
        }

        try
        {
            var library = new ZstdLibrary(handle);
            if (library.Version >= OldestVersion) return library;
        }
        catch (EntryPointNotFoundException)
        {
            // Another library that has the name.
        }

        NativeLibrary.Free(handle);
        return null;
    }

    internal nint CreateCompression() => createCompression();

    internal void FreeCompression(nint context) => _ = freeCompression(context);

    internal nint CreateDecompression() => createDecompression();

    internal void FreeDecompression(nint context) => _ = freeDecompression(context);

    internal void SetParameter(nint context, int parameter, int value) => _ = setParameter(context, parameter, value);

    internal nuint Compress(nint context, byte* destination, nuint capacity, byte* source, nuint sourceSize) => compress(context, destination, capacity, source, sourceSize);

    internal nuint Decompress(nint context, byte* destination, nuint capacity, byte* source, nuint sourceSize) => decompress(context, destination, capacity, source, sourceSize);

    internal bool IsError(nuint code) => isError(code) != 0;
}
