using System.Reflection;
using System.Runtime.Loader;

namespace BackupPS.Cmdlets;

/// <summary>
/// Holds the engine and everything that it depends on, managed and native, so that another module's SQLite never collides with ours.
/// </summary>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    private readonly AssemblyDependencyResolver resolver;

    /// <param name="enginePath">BackupPS.Engine.dll; BackupPS.Engine.deps.json lies beside it.</param>
    internal EngineLoadContext(string enginePath)
        : base(EngineResolver.EngineName) => resolver = new AssemblyDependencyResolver(enginePath);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The nouns must be those of the default context: PowerShell hides the types of any other, and the cmdlets were compiled against them.
        if (assemblyName.Name == EngineResolver.ModelName) return null;
        return (ModuleFiles.FindPrecompiled(assemblyName.Name) ?? resolver.ResolveAssemblyToPath(assemblyName)) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;
}
