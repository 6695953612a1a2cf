using System.Reflection;
using System.Runtime.Loader;

namespace BackupPS.Engine.Storage.Retrying;

/// <summary>
/// Loads the library that repeats calls, and what it names, before anything fails: one thing that fails is to open a file, and then no library can be loaded
/// any more. Once a process, beside the work; nothing of it is run or compiled.
/// </summary>
internal static class RetryLibrary
{
    private const string Name = "Polly.Core";

    private static Task? loading;

    /// <summary>Begins to load it, if nobody has yet.</summary>
    /// <returns>Ends when it is loaded, or cannot be.</returns>
    public static Task Prepare() => LazyInitializer.EnsureInitialized(ref loading, static () => Task.Run(Load));

    private static void Load()
    {
        AssemblyLoadContext context = AssemblyLoadContext.GetLoadContext(typeof(RetryLibrary).Assembly)!;
        if (TryLoad(context, new AssemblyName(Name)) is not { } library) return;
        foreach (AssemblyName needed in library.GetReferencedAssemblies()) TryLoad(context, needed);
    }

    private static Assembly? TryLoad(AssemblyLoadContext context, AssemblyName name)
    {
        try
        {
            return context.LoadFromAssemblyName(name);
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            // Whoever needs it says so: a call that failed is then not repeated.
            return null;
        }
    }
}
