using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The random id of this installation, in the file <c>host-id</c> of the home folder. It is no row of the catalog, because retention and parents go by
/// it: deleting the catalog must not turn this host into another one. The file <c>host-machine</c> beside it says which machine the id was drawn for
/// (<see cref="HostBinding"/>): one that was cloned with its home folder draws an id of its own, or the two would remove each other's snapshots. An id
/// that somebody writes into <c>host-id</c> is taken over.
/// </summary>
internal static class HostIdentity
{
    private const string FileName = "host-id";
    private const string BindingName = "host-machine";
    private const int Digits = 32;

    /// <summary>32 hexadecimal digits, drawn at the first call on this host and the same ever after.</summary>
    /// <param name="homeFolder">The home folder.</param>
    /// <param name="onWarning">Told once when the id that is there is another machine's.</param>
    /// <param name="machine">This machine; <see langword="null"/>: as the system tells.</param>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the file cannot be made or read, or holds something else.</exception>
    public static string GetOrCreate(string homeFolder, Action<string>? onWarning = null, MachineFacts? machine = null)
    {
        machine ??= MachineFacts.Read();
        var home = new HomeFolder(homeFolder);
        home.CreateOnce(FileName, static () => Format(Draw()));
        string id = ReadId(home) ?? throw home.Unusable(new FileNotFoundException($"'{FileName}' was deleted just after it was made."));
        HostBinding now = HostBinding.Here(id, machine, home.PathOf(FileName));
        HostBinding? bound = ReadBinding(home, id);
        if (bound is not null && bound.IsOf(now)) return Keep(home, bound, bound.With(now));
        return bound is null ? Keep(home, bound, now) : BeginAnew(home, machine, onWarning);
    }

    /// <summary>The same, without making anything: <see langword="null"/> where no id has been drawn for this machine yet.</summary>
    /// <param name="homeFolder">The home folder.</param>
    /// <param name="machine">This machine; <see langword="null"/>: as the system tells.</param>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>: the file cannot be read, or holds something else.</exception>
    public static string? Find(string homeFolder, MachineFacts? machine = null)
    {
        var home = new HomeFolder(homeFolder);
        if (ReadId(home) is not { } id) return null;
        HostBinding? bound = ReadBinding(home, id);
        return bound is null || bound.IsOf(HostBinding.Here(id, machine ?? MachineFacts.Read(), home.PathOf(FileName))) ? id : null;
    }

    // A home folder that cannot be written to keeps its id, and what is known of its machine.
    private static string Keep(HomeFolder home, HostBinding? bound, HostBinding now)
    {
        if (bound == now) return now.HostId;
        try
        {
            using FileLock turn = home.LockForWriting();
            Write(home, BindingName, now.Write());
        }
        catch (BackupException)
        {
            // The next run tries again.
        }

        return now.HostId;
    }

    private static string BeginAnew(HomeFolder home, MachineFacts machine, Action<string>? onWarning)
    {
        using FileLock turn = home.LockForWriting();
        string former = ReadId(home) ?? throw home.Unusable(new FileNotFoundException($"'{FileName}' was deleted just now."));
        if (ReadBinding(home, former) is not { } bound || bound.IsOf(HostBinding.Here(former, machine, home.PathOf(FileName)))) return former;

        // The id first: with it alone, the next run binds it.
        string id = Draw();
        Write(home, FileName, Format(id));
        Write(home, BindingName, HostBinding.Here(id, machine, home.PathOf(FileName)).Write());
        onWarning?.Invoke($"The home folder '{home.FullPath}' was copied, or this machine was cloned or moved to other hardware: its host id {former} belongs to '{bound.Machine.HostName}'. This machine, '{machine.HostName}', has the id {id} from now on, and begins with a Full; snapshots of '{bound.Machine.HostName}' are another host's. If this machine goes on in its place, write {former} into '{home.PathOf(FileName)}'.");
        return id;
    }

    private static void Write(HomeFolder home, string fileName, byte[] content)
    {
        // Of processes that were killed right here: whoever writes has the lock.
        foreach (string left in Directory.GetFiles(home.FullPath, fileName + ".*.new")) File.Delete(left);
        home.Replace(folder: "", fileName, content);
    }

    private static string Draw() => RandomNumberGenerator.GetHexString(Digits, lowercase: true);

    private static byte[] Format(string id) => Encoding.ASCII.GetBytes(id + "\n");

    private static string? ReadId(HomeFolder home)
    {
        if (ReadFile(home, FileName) is not { } content) return null;
        string text = Encoding.UTF8.GetString(content).Trim();
        if (text.Length == Digits && text.All(char.IsAsciiHexDigitLower)) return text;
        throw new BackupException(
            BackupError.CatalogUnusable,
            $"'{home.PathOf(FileName)}' does not hold {Digits} hexadecimal digits. Write the HostId of this host's snapshots into it, or delete it to begin as a new host.",
            home.PathOf(FileName));
    }

    // One of another id is of no more use: somebody has written the id.
    private static HostBinding? ReadBinding(HomeFolder home, string id) =>
        ReadFile(home, BindingName) is { } content && HostBinding.Read(content) is { } bound && bound.HostId == id ? bound : null;

    private static byte[]? ReadFile(HomeFolder home, string fileName)
    {
        try
        {
            return File.ReadAllBytes(home.PathOf(fileName));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw home.Unusable(e);
        }
    }
}
