using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>A folder of a test, deleted with whatever names and depths are in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly IFileSystem _fileSystem = PlatformFileSystem.Create();

    public TemporaryFolder()
    {
        Path = Directory.CreateTempSubdirectory("backupps-test-").FullName;
        // Unprivileged threads of the tests must pass through.
        SetMode("", 0x1ED);
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Join(Path, name);

    /// <summary>Sets the mode of an item, or of the folder itself (empty name).</summary>
    public void SetMode(string name, uint mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(this[name], (UnixFileMode)mode);
    }

    public void Dispose()
    {
        using (IFolder folder = _fileSystem.OpenFolder(Path)) Clear(folder);
        Directory.Delete(Path);
    }

    private static void Clear(IFolder folder)
    {
        foreach (byte[] name in FolderNames.Of(folder))
        {
            if (folder.GetInfo(name).Kind != ItemKind.Directory)
            {
                folder.Delete(name);
                continue;
            }

            folder.SetMode(name, 0x1C0);
            using (IFolder inner = folder.OpenFolder(name)) Clear(inner);
            folder.DeleteFolder(name);
        }
    }
}
