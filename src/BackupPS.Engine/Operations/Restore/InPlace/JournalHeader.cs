using System.Globalization;
using System.Text;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>What a journal begins with: which restore it is of.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="SnapshotId">The snapshot.</param>
/// <param name="Repository">The repository's name or path.</param>
/// <param name="RepositoryId">The repository's id.</param>
/// <param name="PolicyName">The policy of the snapshot; may be empty.</param>
/// <param name="Destination">Absolute path of the folder that it restores into.</param>
/// <param name="AtOnce">Whether each item is replaced when it is ready, and nothing is kept.</param>
/// <param name="Account">Whose restore it is, for messages.</param>
/// <param name="Started">When it began (UTC).</param>
/// <param name="Proof">
/// Random text that the record in the home folder has, too: what tells this account's journal where a file system gives everything to one user.
/// </param>
/// <param name="Paths">Absolute paths, on the source, of what it restores, with all below them: it concerns nothing else.</param>
internal sealed record JournalHeader(
    string RunId,
    string SnapshotId,
    string Repository,
    string RepositoryId,
    string PolicyName,
    string Destination,
    bool AtOnce,
    string Account,
    DateTime Started,
    string Proof,
    IReadOnlyList<string> Paths)
{
    private const int Version = 2;

    // A damaged journal must not ask for all memory.
    private const int MostPaths = 1_000_000;

    /// <summary>Who, when and which, for messages.</summary>
    public string Description =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The restore {RunId} of the snapshot {SnapshotId}, which {Account} began on {Started:yyyy-MM-dd HH:mm:ss}Z into " +
            $"'{PathText.ToDisplay(Destination)}',");

    public void Write(ByteWriter writer)
    {
        writer.WriteNumber((ulong)Version);
        foreach (string text in new[] { RunId, SnapshotId, Repository, RepositoryId, PolicyName, PathText.Escape(Destination), Account, Proof })
        {
            writer.WriteRun(Encoding.UTF8.GetBytes(text));
        }

        writer.WriteByte((byte)(AtOnce ? 1 : 0));
        writer.WriteSigned(Started.Ticks);
        writer.WriteNumber((ulong)Paths.Count);
        foreach (string path in Paths) writer.WriteRun(Encoding.UTF8.GetBytes(PathText.Escape(path)));
    }

    /// <exception cref="InvalidDataException">The bytes are not those of a header of this version.</exception>
    public static JournalHeader Read(ref ByteReader reader)
    {
        if (reader.ReadNumber() != Version) throw new InvalidDataException("The journal was written by another version.");
        string[] texts = new string[8];
        for (int i = 0; i < texts.Length; i++) texts[i] = Encoding.UTF8.GetString(reader.ReadRun(int.MaxValue));
        bool atOnce = reader.ReadByte() != 0;
        long ticks = reader.ReadSigned();
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks) throw new InvalidDataException("The journal has a time that is none.");
        string[] paths = new string[reader.ReadCount(MostPaths)];
        for (int i = 0; i < paths.Length; i++) paths[i] = PathText.Unescape(Encoding.UTF8.GetString(reader.ReadRun(int.MaxValue)));
        return new JournalHeader(
            texts[0],
            texts[1],
            texts[2],
            texts[3],
            texts[4],
            PathText.Unescape(texts[5]),
            atOnce,
            texts[6],
            new DateTime(ticks, DateTimeKind.Utc),
            texts[7],
            paths);
    }
}
