using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

public sealed class RestoreAreaTests
{
    [Theory]
    [InlineData("/", "/etc", "/", "/etc", true)]
    [InlineData("/", "/etc", "/", "/etc/ssh/", true)]
    [InlineData("/", "/etc", "/", "/etcetera", false)]
    [InlineData("/", "/etc", "/", "/srv", false)]
    [InlineData("/", "/", "/home/me", "/x", true)]
    [InlineData("/", "/srv/www", "/srv", "/www/a", true)]
    [InlineData("/out", "/srv", "/out/../out", "/srv/./www", true)]
    [InlineData("/out", "/srv", "/outer", "/srv", false)]
    public void Two_restores_meet_only_where_one_lies_in_the_other(string destination, string path, string otherDestination, string otherPath, bool meet)
    {
        if (OperatingSystem.IsWindows()) return;
        var one = new RestoreArea(destination, [path]);
        var other = new RestoreArea(otherDestination, ["/beside/it", otherPath]);
        Assert.Equal((meet, meet), (one.Overlaps(other), other.Overlaps(one)));
    }

    [Fact]
    public void A_header_is_read_as_it_was_written()
    {
        var header = new JournalHeader("run", "snapshot", "vault", "id", "policy", "/out\udcff", AtOnce: true, "ann", new DateTime(2026, 12, 1, 10, 30, 0, DateTimeKind.Utc), "proof", ["/a", "/b\udcfe"]);
        var writer = new ByteWriter();
        header.Write(writer);
        var reader = new ByteReader(writer.Written);
        JournalHeader read = JournalHeader.Read(ref reader);
        Assert.Equal(header with { Paths = [] }, read with { Paths = [] });
        Assert.Equal(header.Paths, read.Paths);
        foreach (string told in new[] { "run", "snapshot", "ann", "2026-12-01 10:30:00Z", "/out" }) Assert.Contains(told, header.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".backupps-restore", false)]
    [InlineData(".backupps-restore-", false)]
    [InlineData(".backupps-restore-0123456789abcdef0123456789abcde", false)]
    [InlineData(".backupps-restore-0123456789ABCDEF0123456789abcdef", false)]
    [InlineData(".backupps-restore-0123456789abcdef0123456789abcdef", true)]
    public void Only_the_id_of_a_run_makes_a_name_that_of_a_work_folder(string name, bool expected) =>
        Assert.Equal(expected, WorkFolder.RunOf(System.Text.Encoding.UTF8.GetBytes(name)) is not null);
}
