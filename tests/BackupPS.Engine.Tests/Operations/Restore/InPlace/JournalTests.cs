using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Tests.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly IFolder folder;

    public JournalTests() => folder = PlatformFileSystem.Create().OpenFolder(temporary.Path);

    public void Dispose()
    {
        folder.Dispose();
        temporary.Dispose();
    }

    private string FilePath => Path.Join(temporary.Path, PathText.FromBytes(Journal.FileName));

    private static Action<ByteWriter> Record(byte value, int length) => writer => writer.WriteBytes(Enumerable.Repeat(value, length).ToArray());

    private void Replace(byte[] content)
    {
        File.WriteAllBytes(FilePath + ".new", content);
        File.Move(FilePath + ".new", FilePath, overwrite: true);
    }

    [Fact]
    public void A_journal_that_is_cut_anywhere_ends_before_the_record_that_is_not_whole()
    {
        using (Journal journal = Journal.Create(folder, Record(1, 10)))
        {
            for (byte i = 2; i < 8; i++) journal.Append(Record(i, i * 7));
            journal.Sync();
        }

        byte[] whole = File.ReadAllBytes(FilePath);
        int[] ends = [0, .. Enumerable.Range(1, 7).Select(n => 18 + Enumerable.Range(2, n - 1).Sum(static i => 8 + (i * 7)))];
        Assert.Equal(whole.Length, ends[^1]);
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            Replace(whole[..cut]);
            using Journal? journal = Journal.TryOpen(folder);
            int expected = Array.FindLastIndex(ends, e => e <= cut);
            Assert.Equal(expected, journal!.Read().Count());

            Assert.Equal(journal.Read().Reverse().Select(static r => r[0]), journal.ReadBackwards().Select(static r => r[0]));

            // What is appended now is read, whatever was torn.
            journal.Append(Record(99, 3));
            journal.Sync();
            Assert.Equal([99, 99, 99], journal.Read().Last());
            Assert.Equal(expected + 1, journal.Read().Count());
        }
    }

    [Fact]
    public void A_record_that_was_changed_ends_it_too()
    {
        using (Journal journal = Journal.Create(folder, Record(1, 10)))
        {
            for (byte i = 2; i < 5; i++) journal.Append(Record(i, 20));
            journal.Sync();
        }

        byte[] whole = File.ReadAllBytes(FilePath);
        for (int at = 18; at < 18 + 28; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x10;
            Replace(changed);
            using Journal? journal = Journal.TryOpen(folder);
            Assert.Single(journal!.Read());
        }
    }

    [Fact]
    public void One_process_works_with_it_at_a_time()
    {
        using (Journal journal = Journal.Create(folder, Record(1, 10))) Assert.Null(Journal.TryOpen(folder));
        using Journal? free = Journal.TryOpen(folder);
        Assert.NotNull(free);
    }

    [Fact]
    public void Steps_are_read_as_they_were_written()
    {
        var attributes = new[] { new ExtendedAttribute("user.x"u8.ToArray(), [0, 1, 2]), new ExtendedAttribute("user.empty"u8.ToArray(), []) };
        var old = new ItemState { Owner = (0, uint.MaxValue), Attributes = attributes, Modified = new FileTime(-5, 999_999_999), Mode = 0xFFF, WindowsAttributes = 33 };
        Step[] steps =
        [
            new() { Kind = StepKind.Put, Folder = ["a"u8.ToArray(), [0xFF, 0x0A]], Name = "n"u8.ToArray(), ItemKind = ItemKind.File, Work = 3, Staged = "s"u8.ToArray(), Kept = "k"u8.ToArray(), HasFolder = true },
            new() { Kind = StepKind.Remove, Folder = [], Name = "n"u8.ToArray(), ItemKind = ItemKind.Directory, Kept = "k"u8.ToArray() },
            new() { Kind = StepKind.Mend, Folder = [], Name = [], ItemKind = ItemKind.Directory, Mending = new Mending(old, new ItemState()) },
        ];
        foreach (Step step in steps)
        {
            var writer = new ByteWriter();
            step.Write(writer);
            var reader = new ByteReader(writer.Written);
            Step read = Step.Read(ref reader);
            var again = new ByteWriter();
            read.Write(again);
            Assert.Equal(writer.ToArray(), again.ToArray());
            Assert.Equal((step.Kind, step.Path, step.HasFolder, step.Work), (read.Kind, read.Path, read.HasFolder, read.Work));
            if (step.Mending is null) continue;
            Assert.Equal((old.Owner, old.Modified, old.Mode, old.WindowsAttributes), (read.Mending!.Old.Owner, read.Mending.Old.Modified, read.Mending.Old.Mode, read.Mending.Old.WindowsAttributes));
            Assert.Equal(attributes.Select(static a => a.Value), read.Mending.Old.Attributes!.Select(static a => a.Value));
            Assert.Equal((null, null, null, null), (read.Mending.New.Owner, read.Mending.New.Modified, read.Mending.New.Mode, read.Mending.New.Attributes));
        }
    }
}
