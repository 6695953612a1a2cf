using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// A snapshot with its latest note as the catalog caches it. Not as JSON: to list 5,000 snapshots would take 0.1 s longer. It is never the truth, so that
/// another form needs no migration but another <see cref="Version"/>: what is not of this one is read anew.
/// </summary>
internal static class SnapshotDocument
{
    private const byte Version = 1;

    public static byte[] Write(KnownSnapshot snapshot)
    {
        SnapshotRecord record = snapshot.Record!;
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write(record.Id);
        writer.Write(record.Time.Ticks);
        writer.Write(record.HostName);
        writer.Write(record.HostId);
        writer.Write(record.UserName);
        writer.Write(record.PolicyName);
        Write(writer, record.Source);
        writer.Write(record.Type);
        writer.Write(record.Status);
        writer.Write(record.ParentId);
        writer.Write(record.PredecessorId);
        writer.Write(record.Sequence);
        writer.Write(record.Root);
        Write(writer, record.Tag);
        writer.Write(record.FileCount);
        writer.Write(record.DirectoryCount);
        writer.Write(record.Bytes);
        writer.Write(record.FilesNew);
        writer.Write(record.FilesChanged);
        writer.Write(record.FilesRemoved);
        writer.Write(record.FilesUnchanged);
        writer.Write(record.BytesRead);
        writer.Write(record.BytesAdded);
        writer.Write(record.BytesStored);
        writer.Write(record.FaultCount);
        writer.Write(record.Program);
        writer.Write(snapshot.Note is null ? -1 : snapshot.NoteNumber);
        if (snapshot.Note is { } note)
        {
            Write(writer, note.Tag);
            writer.Write(note.Hold);
            writer.Write(note.Time.Ticks);
        }

        return bytes.ToArray();
    }

    /// <summary>The snapshot; <see langword="null"/>: it is of another version.</summary>
    /// <exception cref="IOException">It is damaged.</exception>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static KnownSnapshot? Read(byte[] document, long length)
    {
        using var reader = new BinaryReader(new MemoryStream(document));
        if (reader.ReadByte() != Version) return null;
        var record = new SnapshotRecord
        {
            Id = reader.ReadString(),
            Time = ReadTime(reader),
            HostName = reader.ReadString(),
            HostId = reader.ReadString(),
            UserName = reader.ReadString(),
            PolicyName = reader.ReadString(),
            Source = ReadTexts(reader),
            Type = reader.ReadString(),
            Status = reader.ReadString(),
            ParentId = reader.ReadString(),
            PredecessorId = reader.ReadString(),
            Sequence = reader.ReadInt64(),
            Root = reader.ReadString(),
            Tag = ReadTexts(reader),
            FileCount = reader.ReadInt64(),
            DirectoryCount = reader.ReadInt64(),
            Bytes = reader.ReadInt64(),
            FilesNew = reader.ReadInt64(),
            FilesChanged = reader.ReadInt64(),
            FilesRemoved = reader.ReadInt64(),
            FilesUnchanged = reader.ReadInt64(),
            BytesRead = reader.ReadInt64(),
            BytesAdded = reader.ReadInt64(),
            BytesStored = reader.ReadInt64(),
            FaultCount = reader.ReadInt32(),
            Program = reader.ReadString(),
        };
        int noteNumber = reader.ReadInt32();
        SnapshotNote? note = noteNumber < 0 ? null : new SnapshotNote { Tag = ReadTexts(reader), Hold = reader.ReadBoolean(), Time = ReadTime(reader) };
        return new KnownSnapshot(record.Id, length, record, noteNumber, note);
    }

    private static void Write(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (string text in texts) writer.Write(text);
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        int count = reader.ReadInt32();

        // Each has at least the byte of its length.
        if (count < 0 || count > reader.BaseStream.Length) throw new FormatException("a count is out of range");
        if (count == 0) return [];
        var texts = new string[count];
        for (int i = 0; i < count; i++) texts[i] = reader.ReadString();
        return texts;
    }

    private static DateTime ReadTime(BinaryReader reader)
    {
        long ticks = reader.ReadInt64();
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks, DateTimeKind.Utc) : throw new FormatException("a time is out of range");
    }
}
