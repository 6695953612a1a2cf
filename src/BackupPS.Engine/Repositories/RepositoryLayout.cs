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

    public static string Key(string id) => Keys + id;

    /// <summary>Packs fan out by the first two digits, so that no folder grows past some thousands.</summary>
    public static string Pack(string name) => $"{Packs}{name.AsSpan(0, 2)}/{name}";

    public static string Index(string id) => Indexes + id;

    public static string Snapshot(string id) => Snapshots + id;

    public static string Note(string snapshotId, int number) => string.Create(CultureInfo.InvariantCulture, $"{Notes}{snapshotId}.{number:d8}");

    public static string Removal(string snapshotId) => Removals + snapshotId;

    public static string Session(string id) => Sessions + id;

    public static string Heartbeat(string sessionId, int number) => string.Create(CultureInfo.InvariantCulture, $"{Sessions}{sessionId}.{number:d8}");

    /// <summary>The last segment of a name.</summary>
    public static string LastSegment(string name) => name[(name.LastIndexOf('/') + 1)..];
}
