using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Crypto;

/// <summary>Secrets from key files with a given content: the engine takes them from files only.</summary>
internal static class KeyFileSecret
{
    public static RepositorySecret Of(byte[] content)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "key");
        File.WriteAllBytes(path, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead);
        return RepositorySecret.FromKeyFile(path);
    }

    public static RepositorySecret Of(byte seed) => Of([.. Enumerable.Repeat(seed, RepositorySecret.KeyFileLength)]);
}
