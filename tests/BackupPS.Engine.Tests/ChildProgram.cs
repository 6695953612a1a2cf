using BackupPS.Engine.Tests.Catalog;
using BackupPS.Engine.Tests.Golden;
using BackupPS.Engine.Tests.Index;
using BackupPS.Engine.Tests.Operations;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests;

/// <summary>What this assembly does when a test starts it as a process of its own: <c>dotnet BackupPS.Engine.Tests.dll &lt;task&gt; &lt;arguments&gt;</c>.</summary>
internal static class ChildProgram
{
    public static Task<int> Main(string[] args) => args switch
    {
        [StoreChild.Task, .. string[] rest] => StoreChild.RunAsync(rest),
        [GoldenGenerator.Task, string folder] => GoldenGenerator.RunAsync(folder),
        [OperationsChild.Task, .. string[] rest] => OperationsChild.RunAsync(rest),
        [CatalogChild.Task, .. string[] rest] => CatalogChild.RunAsync(rest),
        [IndexChild.Task, .. string[] rest] => IndexChild.RunAsync(rest),
        [IndexScale.Task, .. string[] rest] => IndexScale.RunAsync(rest),
        _ => throw new ArgumentException($"Unknown task: {string.Join(' ', args)}"),
    };
}
