using System.Reflection;
using System.Runtime.Loader;

namespace BackupPS.Cmdlets;

/// <summary>Answers the default context when it asks for the engine or the model.</summary>
/// <remarks>One per process, as the load contexts are: a second import or another runspace uses what is loaded.</remarks>
internal static class EngineResolver
{
    internal const string EngineName = "BackupPS.Engine";
    internal const string ModelName = "BackupPS.Model";

    private static readonly EngineLoadContext Context = new(Path.Combine(ModuleFiles.DependencyFolder, EngineName + ".dll"));
    private static int installed;

    /// <summary>Makes the engine findable. Calling it again changes nothing.</summary>
    internal static void Install()
    {
        if (Interlocked.Exchange(ref installed, 1) == 0) AssemblyLoadContext.Default.Resolving += Resolve;
    }

    private static Assembly? Resolve(AssemblyLoadContext asking, AssemblyName name) => name.Name switch
    {
        EngineName => Context.LoadFromAssemblyName(name),
        ModelName => asking.LoadFromAssemblyPath(ModuleFiles.ModelPath),
        _ => null,
    };
}
