using System.Runtime.InteropServices;
using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Tests.Compression;

/// <summary>The three zstds, each by itself.</summary>
internal static class ZstdWays
{
    public const string System = "System", Packaged = "Packaged", Managed = "Managed";

    /// <summary>Those that this machine has: the managed one always.</summary>
    public static IReadOnlyList<string> Here { get; } = [.. new[] { System, Packaged, Managed }.Where(static w => w == Managed || Library(w) is not null)];

    /// <summary>Where the package's library lies for this platform, by the names of the package; <see langword="null"/>: it has none.</summary>
    public static string? PackagedFile
    {
        get
        {
            string file = OperatingSystem.IsWindows() ? "libzstd.dll" : OperatingSystem.IsMacOS() ? "libzstd.dylib" : "libzstd.so";
            string identifier = $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.OSArchitecture}".ToLowerInvariant();
            return RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) || identifier is not ("win-x64" or "win-x86" or "win-arm64" or "linux-x64" or "linux-arm64" or "osx-x64" or "osx-arm64")
                ? null
                : Path.Combine(AppContext.BaseDirectory, "runtimes", identifier, "native", file);
        }
    }

    public static ICodec Create(string way) => way == Managed ? new ManagedZstdCodec() : new ZstdCodec(Library(way)!);

    private static ZstdLibrary? Library(string way) => way == System ? ZstdLibrary.LoadSystem() : ZstdLibrary.LoadPackaged();
}
