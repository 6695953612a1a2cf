using System.Reflection;
using System.Runtime.Loader;

namespace BackupPS.Engine.Tests;

/// <summary>
/// Another copy of the engine and of these tests in this process, with what the engine has not decided yet, for which files of the test's stand in place of
/// native libraries. It finds all else as the module's own load context does.
/// </summary>
internal sealed class StubbedLoadContext() : AssemblyLoadContext(nameof(StubbedLoadContext))
{
    private readonly AssemblyDependencyResolver _resolver = new(typeof(StubbedLoadContext).Assembly.Location);

    /// <summary>The files that stand for libraries, by the names that the engine asks for.</summary>
    public Dictionary<string, string> Stubs { get; } = new(StringComparer.Ordinal);

    /// <summary>The stubs that were asked for, in this order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Whether it has loaded that assembly.</summary>
    public bool HasLoaded(string assembly) => Assemblies.Any(a => a.GetName().Name == assembly);

    /// <summary>Calls a static method of this copy. What goes in and out is of the runtime's own types.</summary>
    public async Task<string> CallAsync(Type type, string method, params string[] arguments)
    {
        Type copy = LoadFromAssemblyPath(type.Assembly.Location).GetType(type.FullName!, throwOnError: true)!;
        Assert.NotSame(type, copy);
        return await (Task<string>)copy.GetMethod(method, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.Invoke(null, [.. arguments])!;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        if (Stubs.TryGetValue(unmanagedDllName, out string? stub))
        {
            lock (Asked) Asked.Add(unmanagedDllName);
            return LoadUnmanagedDllFromPath(stub);
        }

        return _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;
    }
}
