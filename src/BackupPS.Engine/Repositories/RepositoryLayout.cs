using System.Buffers;
using System.Globalization;

namespace BackupPS.Engine.Repositories;

/// <summary>Names of the objects of a repository; the same in a folder and in a bucket.</summary>
internal static class RepositoryLayout
{
    public const string Config = "repository.json";
    public const string Keys = "keys/";
    public const string Packs = "packs/";
    public const string Indexes = "index/";
    public const string Snapshots = "snapshots/";
    public const string Notes = "notes/";
    public const string Removals = "removed/";
    public const string Sessions = "sessions/";
    public const string Retired = "retired/";
    public const string SweptSuffix = ".swept";
    public const string Sweepers = "sweepers/";

    /// <summary>Digits of an id.</summary>
    public const int IdLength = 32;

    /// <summary>Digits of the name of a pack.</summary>
    public const int PackNameLength = 64;

    /// <summary>The highest number of a note or a heartbeat: numbers have 8 digits.</summary>
    public const int MaximumNumber = 99_999_999;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string Key(string id) => Keys + id;

    /// <summary>Packs fan out by the first two digits, so that no folder grows past some thousands.</summary>
    public static string Pack(string name) => $"{Packs}{name.AsSpan(0, 2)}/{name}";

    /// <summary>The pack that an object below <c>packs/</c> is; what has no pack's name, or stands in another's folder, is none.</summary>
    public static bool TryParsePack(string name, out string pack)
    {
        pack = LastSegment(name);
        return IsHex(pack, PackNameLength) && name == Pack(pack);
    }

    public static string Index(string id) => Indexes + id;

    public static string Snapshot(string id) => Snapshots + id;

    public static string Note(string snapshotId, int number) => string.Create(CultureInfo.InvariantCulture, $"{Notes}{snapshotId}.{number:d8}");

    public static string Removal(string snapshotId) => Removals + snapshotId;

    public static string Session(string id) => Sessions + id;

    public static string Heartbeat(string sessionId, int number) => string.Create(CultureInfo.InvariantCulture, $"{Sessions}{sessionId}.{number:d8}");

    public static string Retirement(string id) => Retired + id;

    public static string Decision(string retirementId) => Retired + retirementId + SweptSuffix;

    public static string Sweeper(string retirementId, string sweeperId) => $"{Sweepers}{retirementId}.{sweeperId}";

    /// <summary>Whether a name below one of the folders of this version is of its form. Others are not ours: they are passed over.</summary>
    public static bool IsOurs(string name)
    {
        int slash = name.LastIndexOf('/');
        ReadOnlySpan<char> last = name.AsSpan(slash + 1);
        return name[..(slash + 1)] switch
        {
            Keys or Indexes or Snapshots or Removals => IsHex(last, IdLength),
            Notes => IsNumbered(last),
            Sessions => IsHex(last, IdLength) || IsNumbered(last),
            Retired => IsHex(last, IdLength) || (last.EndsWith(SweptSuffix, StringComparison.Ordinal) && IsHex(last[..^SweptSuffix.Length], IdLength)),
            Sweepers => last.Length == (2 * IdLength) + 1 && IsHex(last[..IdLength], IdLength) && last[IdLength] == '.' && IsHex(last[(IdLength + 1)..], IdLength),
            _ => TryParsePack(name, out _),
        };
    }

    /// <summary>Whether these are so many lower-case hexadecimal digits.</summary>
    public static bool IsHex(ReadOnlySpan<char> text, int length) => text.Length == length && !text.ContainsAnyExcept(HexDigits);

    /// <summary>The number at the end of the name of a note or a heartbeat.</summary>
    public static int NumberOf(string name) => int.Parse(name.AsSpan(name.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The last segment of a name.</summary>
    public static string LastSegment(string name) => name[(name.LastIndexOf('/') + 1)..];

    private static bool IsNumbered(ReadOnlySpan<char> text) =>
        text.Length == IdLength + 9 && IsHex(text[..IdLength], IdLength) && text[IdLength] == '.' && !text[(IdLength + 1)..].ContainsAnyExceptInRange('0', '9');
}
