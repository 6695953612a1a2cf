namespace BackupPS.Engine.Tests.Storage;

/// <summary>A folder for one test, in memory (tmpfs) where the system has that: the races sync many thousand times.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public TemporaryFolder()
    {
        string above = Directory.Exists(Memory) ? Memory : System.IO.Path.GetTempPath();
        Path = Directory.CreateDirectory(System.IO.Path.Join(above, $"backupps-test-{Guid.NewGuid():n}")).FullName;
        // Tests that give up root's rights must come through, whatever the umask.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
