using System.Runtime.CompilerServices;

namespace BackupPS.Engine.Compression;

/// <summary>Which zstd a process uses: the first native library that loads, else the one in C#. Each of them reads what any other wrote.</summary>
/// <param name="libraries">Ways to a native library, tried in this order when the first codec is made.</param>
internal sealed class ZstdChoice(params Func<ZstdLibrary?>[] libraries)
{
    private readonly Lazy<ZstdLibrary?> chosen = new(() =>
    {
        foreach (Func<ZstdLibrary?> load in libraries)
        {
            if (load() is { } library) return library;
        }

        return null;
    });

    /// <summary>The system's library, which is kept current by the system; else the packaged one; else C#, which takes about half as long again.</summary>
    public static ZstdChoice OfThisProcess { get; } = new(ZstdLibrary.LoadSystem, ZstdLibrary.LoadPackaged);

    /// <summary>A codec of that library.</summary>
    public ICodec CreateCodec() => chosen.Value is { } library ? new ZstdCodec(library) : CreateManaged();

    // By itself, so that ZstdSharp.dll is loaded only where it is needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ManagedZstdCodec CreateManaged() => new();
}
