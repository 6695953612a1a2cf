using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The random id of this installation, in the file <c>host-id</c> of the home folder. It is no row of the catalog, because retention and parents go by
/// it: deleting the catalog must not turn this host into another one.
/// </summary>
internal static class HostIdentity
{
    private const string FileName = "host-id";
    private const int Digits = 32;

    /// <summary>32 hexadecimal digits, drawn at the first call on this host and the same ever after.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the file cannot be made or read, or holds something else.</exception>
    public static string GetOrCreate(string homeFolder)
    {
        var home = new HomeFolder(homeFolder);
        home.CreateOnce(FileName, static () => Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(Digits, lowercase: true) + "\n"));
        return Find(homeFolder) ?? throw home.Unusable(new FileNotFoundException($"'{FileName}' was deleted just after it was made."));
    }

    /// <summary>The same, without making anything: <see langword="null"/> where no id has been drawn yet.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the file cannot be read, or holds something else.</exception>
    public static string? Find(string homeFolder)
    {
        var home = new HomeFolder(homeFolder);
        string text;
        try
        {
            text = File.ReadAllText(home.PathOf(FileName)).Trim();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw home.Unusable(e);
        }

        if (text.Length == Digits && text.All(char.IsAsciiHexDigitLower)) return text;
        throw new BackupException(
            BackupError.CatalogUnusable,
            $"'{home.PathOf(FileName)}' does not hold {Digits} hexadecimal digits. Write the HostId of this host's snapshots into it, or delete it to begin as a new host.",
            home.PathOf(FileName));
    }
}
