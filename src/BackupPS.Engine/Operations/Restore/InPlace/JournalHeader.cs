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
internal sealed record JournalHeader(string RunId, string SnapshotId, string Repository, string RepositoryId, string PolicyName, string Destination, bool AtOnce)
{
    private const int Version = 1;

    public void Write(ByteWriter writer)
    {
        writer.WriteNumber((ulong)Version);
        foreach (string text in new[] { RunId, SnapshotId, Repository, RepositoryId, PolicyName, PathText.Escape(Destination) }) writer.WriteRun(Encoding.UTF8.GetBytes(text));
        writer.WriteByte((byte)(AtOnce ? 1 : 0));
    }

    /// <exception cref="InvalidDataException">The bytes are not those of a header of this version.</exception>
    public static JournalHeader Read(ref ByteReader reader)
    {
        if (reader.ReadNumber() != Version) throw new InvalidDataException("The journal was written by another version.");
        string[] texts = new string[6];
        for (int i = 0; i < texts.Length; i++) texts[i] = Encoding.UTF8.GetString(reader.ReadRun(int.MaxValue));
        return new JournalHeader(texts[0], texts[1], texts[2], texts[3], texts[4], PathText.Unescape(texts[5]), AtOnce: reader.ReadByte() != 0);
    }
}
