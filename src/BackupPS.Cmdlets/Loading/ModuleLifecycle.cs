using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>What PowerShell calls when the module comes and goes, once per runspace that imports it.</summary>
/// <remarks>
/// OnImport runs after PowerShell has enumerated the types of this assembly. So no public type here may have an engine type as base class,
/// as generic argument of a base class, or as a struct field; Isolation.Tests.ps1 guards that.
/// </remarks>
public sealed class ModuleLifecycle : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport()
    {
        EngineResolver.Install();
        // [BackupPS.BackupPolicy] and its like are found only once their assembly is loaded.
        GC.KeepAlive(typeof(BackupPolicy).Assembly);
        ModuleSession.Current.AddUser();
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => ModuleSession.Current.RemoveUser();
}
