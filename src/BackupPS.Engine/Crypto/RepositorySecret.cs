using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine;

/// <summary>What opens a repository: a passphrase or a key file. Held only as long as the caller holds it; it is never stored.</summary>
public sealed class RepositorySecret
{
    /// <summary>Bytes in a key file.</summary>
    public const int KeyFileLength = 32;

    private readonly byte[] bytes;

    private RepositorySecret(byte[] bytes, bool isKeyFile)
    {
        this.bytes = bytes;
        IsKeyFile = isKeyFile;
    }

    /// <summary>Whether it is the content of a key file, which needs no slow derivation.</summary>
    public bool IsKeyFile { get; }

    internal ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>A passphrase, taken as UTF-8 in Unicode's form NFC so that it does not depend on the keyboard.</summary>
    /// <exception cref="BackupException">It is empty (<see cref="BackupError.SecretMissing"/>), or no valid Unicode (<see cref="BackupError.InvalidArgument"/>).</exception>
    public static RepositorySecret FromPassphrase(string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        if (passphrase.Length == 0) throw new BackupException(BackupError.SecretMissing, "The passphrase is empty.");
        try
        {
            return new RepositorySecret(new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(passphrase.Normalize(NormalizationForm.FormC)), isKeyFile: false);
        }
        catch (ArgumentException e)
        {
            // Two texts that differ only in such halves would make the same key.
            throw new BackupException(BackupError.InvalidArgument, "The passphrase is not valid Unicode: half of a surrogate pair stands alone.", "Password", e);
        }
    }

    /// <summary>The passphrase in a file; one newline at its end is not part of it.</summary>
    /// <exception cref="BackupException">The file is missing, empty, or readable by others than its owner (<see cref="BackupError.SecretFileUnusable"/>).</exception>
    public static RepositorySecret FromPasswordFile(string path)
    {
        byte[] content = ReadPrivateFile(path, 64 * 1024);
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new BackupException(BackupError.SecretFileUnusable, $"The password file '{path}' is not UTF-8 text.", path, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }

        text = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        if (text.Length == 0) throw new BackupException(BackupError.SecretFileUnusable, $"The password file '{path}' is empty.", path);
        return FromPassphrase(text);
    }

    /// <summary>A key file: exactly 32 random bytes.</summary>
    /// <exception cref="BackupException">The file is missing, of another length, or readable by others than its owner (<see cref="BackupError.SecretFileUnusable"/>).</exception>
    public static RepositorySecret FromKeyFile(string path)
    {
        byte[] content = ReadPrivateFile(path, 64 * 1024);
        if (content.Length != KeyFileLength)
        {
            throw new BackupException(BackupError.SecretFileUnusable, $"The key file '{path}' has {content.Length} bytes; a key file has exactly {KeyFileLength}.", path);
        }

        return new RepositorySecret(content, isKeyFile: true);
    }

    private static byte[] ReadPrivateFile(string path, int maximumLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
            {
                throw new BackupException(BackupError.SecretFileUnusable, $"The file '{path}' can be read by group or others.", path);
            }

            if (file.Length > maximumLength) throw new BackupException(BackupError.SecretFileUnusable, $"The file '{path}' has {file.Length} bytes, too many for a secret.", path);
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(BackupError.SecretFileUnusable, $"The file '{path}' cannot be read: {e.Message}", path, e);
        }
    }
}
