using System.Text;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Crypto;

public sealed class RepositorySecretTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Both_Unicode_forms_of_a_passphrase_are_the_same_secret()
    {
        Assert.Equal(Encoding.UTF8.GetBytes("pass\u00e9"), RepositorySecret.FromPassphrase("passe\u0301").Bytes.ToArray());
        Assert.Equal(Encoding.UTF8.GetBytes("pass\u00e9"), RepositorySecret.FromPassphrase("pass\u00e9").Bytes.ToArray());
    }

    [Fact]
    public void A_passphrase_that_is_empty_or_no_Unicode_is_refused()
    {
        Assert.Equal(BackupError.SecretMissing, Error(static () => RepositorySecret.FromPassphrase("")));
        Assert.Equal(BackupError.InvalidArgument, Error(static () => RepositorySecret.FromPassphrase("a\ud800b")));
        Assert.Equal(BackupError.InvalidArgument, Error(static () => RepositorySecret.FromPassphrase("\udc80")));
    }

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("secret\n\n", "secret\n")]
    [InlineData(" secret \n", " secret ")]
    public void One_newline_at_the_end_of_a_password_file_is_not_part_of_it(string content, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(RepositorySecret.FromPasswordFile(Write(Encoding.UTF8.GetBytes(content))).Bytes));

    [Fact]
    public void Password_files_that_hold_no_password_are_refused()
    {
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(Write([]))));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(Write("\n"u8.ToArray()))));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(Write([0xFF, 0xFE]))));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(Write(new byte[70_000]))));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(Path.Combine(folder.Path, "missing"))));
    }

    [Fact]
    public void A_key_file_has_exactly_32_bytes()
    {
        Assert.Equal(FixedKeys.Range(0, 32), RepositorySecret.FromKeyFile(Write(FixedKeys.Range(0, 32))).Bytes.ToArray());
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromKeyFile(Write(FixedKeys.Range(0, 31)))));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromKeyFile(Write(FixedKeys.Range(0, 33)))));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    public void A_secret_that_others_can_read_is_refused(UnixFileMode extra)
    {
        if (OperatingSystem.IsWindows()) return;
        string path = Write(FixedKeys.Range(0, 32));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | extra);
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromKeyFile(path)));
        Assert.Equal(BackupError.SecretFileUnusable, Error(() => RepositorySecret.FromPasswordFile(path)));
    }

    private string Write(byte[] content)
    {
        string path = Path.Combine(folder.Path, Guid.NewGuid().ToString("n"));
        File.WriteAllBytes(path, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static BackupError Error(Func<RepositorySecret> make) => Assert.Throws<BackupException>(make).Error;
}
