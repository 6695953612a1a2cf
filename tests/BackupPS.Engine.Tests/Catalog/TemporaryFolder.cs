using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("backupps-test-").FullName;

    public string Path { get; }

    /// <summary>A home folder in it that does not exist yet.</summary>
    public string Home => System.IO.Path.Combine(Path, "home");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
