using System.Runtime.InteropServices;

namespace BackupPS.Engine.Tests;

/// <summary>A test that needs a native library of the system. Where that does not load it is skipped, which the runner shows and counts.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LibraryFactAttribute : FactAttribute
{
    /// <param name="linux">Its name on Linux.</param>
    /// <param name="macOS">Its name on macOS.</param>
    public LibraryFactAttribute(string linux, string macOS)
    {
        string? name = OperatingSystem.IsLinux() ? linux : OperatingSystem.IsMacOS() ? macOS : null;
        if (name is null) Skip = "This system brings no such library.";
        else if (!NativeLibrary.TryLoad(name, out _)) Skip = $"Not installed: {name}.";
    }
}
