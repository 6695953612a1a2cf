namespace BackupPS.Cmdlets;

/// <summary>
/// Where the assemblies of the module lie: <c>module/lib</c> with this one, and <c>module/lib/deps</c> with the engine and what it needs. A package
/// also has <c>module/lib/deps/r2r/PLATFORM</c>, with the same assemblies compiled ahead. module/BackupPS.psm1 chooses between the two: all
/// others come from where this one was loaded from.
/// </summary>
internal static class ModuleFiles
{
    private static readonly string Loaded = Path.GetDirectoryName(typeof(ModuleFiles).Assembly.Location)!;
    private static readonly string? Precompiled = Path.GetFileName(Path.GetDirectoryName(Loaded)) == "r2r" ? Loaded : null;

    /// <summary><c>module/lib/deps</c>.</summary>
    internal static string DependencyFolder { get; } = Precompiled is null ? Path.Combine(Loaded, "deps") : Path.GetFullPath(Path.Combine(Loaded, "..", ".."));

    /// <summary>An assembly that was compiled ahead for this platform; <see langword="null"/> where there is none.</summary>
    /// <param name="name">Its simple name.</param>
    internal static string? FindPrecompiled(string? name)
    {
        if (Precompiled is null) return null;
        string path = Path.Combine(Precompiled, name + ".dll");
        return File.Exists(path) ? path : null;
    }

    /// <summary>The model, which belongs to the default context, where this assembly is.</summary>
    internal static string ModelPath => Path.Combine(Loaded, EngineResolver.ModelName + ".dll");
}
