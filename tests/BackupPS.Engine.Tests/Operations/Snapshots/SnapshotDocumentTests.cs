using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Catalog;

namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>The form in which the catalog caches a snapshot.</summary>
public sealed class SnapshotDocumentTests
{
    private static readonly SnapshotRecord Record = new()
    {
        Id = "0123456789abcdef0123456789abcdef",
        Time = new DateTime(2026, 11, 20, 8, 0, 0, 123, DateTimeKind.Utc).AddTicks(4567),
        HostName = "host",
        HostId = "h",
        UserName = "user é 😀",
        PolicyName = "web",
        Source = ["/etc", @"/srv/\xff\\x"],
        Type = "Full",
        Status = "Complete",
        ParentId = "p",
        PredecessorId = "q",
        Sequence = 1,
        Root = new string('a', 48),
        Tag = ["t", "u"],
        FileCount = 2,
        DirectoryCount = 3,
        Bytes = 4,
        FilesNew = 5,
        FilesChanged = 6,
        FilesRemoved = 7,
        FilesUnchanged = 8,
        BytesRead = long.MaxValue,
        BytesAdded = 10,
        BytesStored = 11,
        FaultCount = 12,
        Program = "BackupPS 1",
    };

    private static readonly SnapshotNote Note = new() { Tag = ["n"], Hold = true, Time = Record.Time.AddDays(1) };

    [Fact]
    public void Every_member_comes_back()
    {
        PolicyTableTests.AssertEveryPropertyIsSet(Record);
        PolicyTableTests.AssertEveryPropertyIsSet(Note);
        KnownSnapshot back = SnapshotDocument.Read(SnapshotDocument.Write(new KnownSnapshot(Record.Id, 5, Record, 7, Note)), 5)!;
        Assert.Equal((Record.Id, 5, 7), (back.Id, back.Length, back.NoteNumber));
        PolicyTableTests.AssertSame(Record, back.Record!);
        PolicyTableTests.AssertSame(Note, back.Note!);
        Assert.Equal((DateTimeKind.Utc, DateTimeKind.Utc), (back.Record!.Time.Kind, back.Note!.Time.Kind));
    }

    [Fact]
    public void Without_a_note_none_comes_back()
    {
        KnownSnapshot back = SnapshotDocument.Read(SnapshotDocument.Write(new KnownSnapshot(Record.Id, 5, Record with { Source = [], Tag = [] }, -1, Note: null)), 5)!;
        Assert.Equal((-1, null), (back.NoteNumber, back.Note));
        Assert.Empty(back.Record!.Tag);
    }

    [Fact]
    public void Another_version_is_passed_over_and_damage_is_one_of_two_exceptions()
    {
        byte[] document = SnapshotDocument.Write(new KnownSnapshot(Record.Id, 5, Record, 7, Note));
        Assert.Null(SnapshotDocument.Read([2, .. document.AsSpan(1)], 5));
        for (int length = 0; length < document.Length; length++)
        {
            Exception? e = Xunit.Record.Exception(() => SnapshotDocument.Read(document[..length], 5));
            Assert.True(e is IOException or FormatException, $"{length}: {e}");
        }

        for (int i = 1; i < document.Length; i++)
        {
            byte[] changed = [.. document];
            changed[i] ^= 0xFF;
            Exception? e = Xunit.Record.Exception(() => SnapshotDocument.Read(changed, 5));
            Assert.True(e is null or IOException or FormatException, $"{i}: {e}");
        }
    }
}
