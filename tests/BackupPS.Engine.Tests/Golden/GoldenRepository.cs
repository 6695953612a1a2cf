using System.Text;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>A repository that is committed beside the tests, and what opens it. The secrets are test data, committed on purpose.</summary>
/// <param name="Name">Its folder below Repositories.</param>
/// <param name="Codec">Its codec.</param>
/// <param name="Algorithm">How it cuts content.</param>
/// <param name="HasPassphrase">Whether a key object is wrapped under <see cref="Passphrase"/>.</param>
/// <param name="HasKeyFile">Whether a key object is wrapped under <see cref="KeyFile"/>.</param>
internal sealed record GoldenRepository(string Name, string Codec, string Algorithm, bool HasPassphrase, bool HasKeyFile)
{
    /// <summary>With a character that has two Unicode forms: it counts in form NFC.</summary>
    public const string Passphrase = "golden pass\u00e9";

    public static IReadOnlyList<GoldenRepository> All { get; } =
    [
        new("zstd", "zstd", "fastcdc", true, false),
        new("brotli", "brotli", "fastcdc", false, true),
        new("plain", "none", "fixed", true, true),
    ];

    /// <summary>32 bytes.</summary>
    public static byte[] KeyFile => Encoding.ASCII.GetBytes("golden key file, 32 bytes long!!");

    /// <summary>Where it is.</summary>
    public string Folder => Path.Combine(AppContext.BaseDirectory, "Golden", "Repositories", Name);

    /// <summary>The committed listing of what it holds.</summary>
    public string ListingFile => Folder + ".listing.txt";

    /// <summary>What its first key was made for.</summary>
    public RepositorySecret Secret => HasPassphrase ? RepositorySecret.FromPassphrase(Passphrase) : KeyFileSecret;

    /// <summary>The key file, by way of a file.</summary>
    public static RepositorySecret KeyFileSecret => Crypto.KeyFileSecret.Of(KeyFile);

    public static GoldenRepository Find(string name) => All.Single(r => r.Name == name);
}
