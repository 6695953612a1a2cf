namespace BackupPS.Engine.Tests.Storage;

/// <summary>A folder for one test, in memory (tmpfs) where the system has that: the races sync many thousand times.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public TemporaryFolder() => Path = Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Join(Memory, $"backupps-test-{Guid.NewGuid():n}")).FullName
        : Directory.CreateTempSubdirectory("backupps-test-").FullName;

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
