using System.Security.Cryptography;

namespace BackupPS.Benchmarks.Peers;

/// <summary>The passphrase that every peer is given in the way that it has for unattended hosts, and a key file for ours.</summary>
internal sealed class SecretFiles
{
    public const string Passphrase = "a passphrase for the benchmark alone";

    private SecretFiles(string password, string key)
    {
        PasswordFile = password;
        KeyFile = key;
    }

    public string PasswordFile { get; }

    public string KeyFile { get; }

    public static SecretFiles Create(string folder)
    {
        string password = Path.Combine(folder, "password"), key = Path.Combine(folder, "key");
        WritePrivate(password, System.Text.Encoding.UTF8.GetBytes(Passphrase + "\n"));
        WritePrivate(key, RandomNumberGenerator.GetBytes(32));
        return new SecretFiles(password, key);
    }

    private static void WritePrivate(string path, byte[] content)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write(content);
    }
}
