using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations;
using BackupPS.Engine.Tests.Repositories;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>What a run keeps of what happens in it, how much of it, and what becomes of it when it cannot be written.</summary>
public sealed class RunEventsTests
{
    private readonly ManualTime time = new(new DateTime(2026, 11, 20, 8, 0, 0, DateTimeKind.Utc));

    [Fact]
    public void Phases_follow_each_other_and_have_their_durations()
    {
        var events = new RunEvents("r", time);
        events.Add(BackupEventKind.Start, "", "begins");
        events.Enter("Open");
        time.Advance(TimeSpan.FromSeconds(2));
        events.Enter("Save");
        time.Advance(TimeSpan.FromSeconds(3));
        events.Add(BackupEventKind.Fault, "/a", "gone", BackupError.SourceVanished);
        time.Advance(TimeSpan.FromSeconds(4));
        IReadOnlyList<BackupEvent> kept = events.End("Incomplete");
        Assert.Equal(
            [
                (1, "", "Start", 0.0, 0.0), (2, "Open", "PhaseStart", 0, 0), (3, "Open", "PhaseEnd", 2, 2), (4, "Save", "PhaseStart", 2, 0),
                (5, "Save", "Fault", 5, 0), (6, "Save", "PhaseEnd", 9, 7), (7, "Save", "End", 9, 9),
            ],
            kept.Select(e => (e.Sequence, e.Phase, e.Kind, (e.Time - kept[0].Time).TotalSeconds, e.Duration.TotalSeconds)));
        Assert.Equal(("/a", "gone", "SourceVanished"), (kept[4].Path, kept[4].Message, kept[4].ErrorId));
        Assert.Equal("Incomplete", kept[^1].Message);
        Assert.All(kept, static e => Assert.Equal("r", e.RunId));

        // A thread that comes late changes nothing.
        events.Add(BackupEventKind.Warning, "", "late");
        Assert.Equal(7, kept.Count);
    }

    [Fact]
    public void A_flood_of_one_kind_is_cut_off_and_counted_and_washes_away_no_other()
    {
        var events = new RunEvents("r", time);
        events.Enter("Save");
        Parallel.For(0, 5000, i => events.Add(BackupEventKind.Fault, $"/{i}", "x", BackupError.ReadFailed));
        events.Watch(RunCallbacks.None).OnRetry!(new BackupRetry("packs/00/a", 2, TimeSpan.FromSeconds(1.5), "timed out"));
        events.Enter("Commit");
        Assert.Equal((5000, 1), (events.Count(BackupEventKind.Fault), events.Count(BackupEventKind.Retry)));
        IReadOnlyList<BackupEvent> kept = events.End("Incomplete");
        Assert.Equal(RunEvents.MaximumOfKind, kept.Count(static e => e.Kind == "Fault"));
        BackupEvent retry = Assert.Single(kept, static e => e.Kind == "Retry");
        Assert.Equal(("packs/00/a", 2, 1.5, "timed out"), (retry.Path, retry.Attempt, retry.Duration.TotalSeconds, retry.Message));
        Assert.Contains("4000", Assert.Single(kept, static e => e.Kind == "Dropped").Message, StringComparison.Ordinal);
        Assert.Equal(["Save", "Commit"], kept.Where(static e => e.Kind == "PhaseEnd").Select(static e => e.Phase));
        Assert.Equal(Enumerable.Range(1, kept.Count), kept.Select(static e => e.Sequence));
    }

    [Fact]
    public void Who_listens_hears_everything_once()
    {
        var heard = new List<string>();
        var outer = new RunCallbacks
        {
            OnPhase = p => heard.Add($"phase {p}"),
            OnFault = f => heard.Add($"fault {f.Path}"),
            OnRetry = r => heard.Add($"retry {r.Path}"),
            OnMessage = m => heard.Add($"message {m}"),
            OnWarning = w => heard.Add($"warning {w}"),
        };
        var events = new RunEvents("r", time);
        RunCallbacks watching = events.Watch(outer);
        watching.OnPhase!("Save");
        watching.OnFault!(new BackupFault(BackupError.ReadFailed, "/a", "x"));
        watching.OnRetry!(new BackupRetry("b", 1, default, "y"));
        watching.OnMessage!("c");
        watching.OnWarning!("d");
        Assert.Equal(["phase Save", "fault /a", "retry b", "message c", "warning d"], heard);
        Assert.Equal(["PhaseStart", "Fault", "Retry", "Message", "Warning", "PhaseEnd", "End"], events.End("Complete").Select(static e => e.Kind));
    }

    [Fact]
    public void A_file_that_can_no_longer_be_written_costs_a_warning_and_nothing_that_was_kept()
    {
        var warnings = new List<string>();
        var events = new RunEvents("r", time) { OnWarning = warnings.Add };
        events.Enter("Open");
        using var disk = new FillingStream(900);
        events.WriteTo(new EventFile(disk, opensMonth: false));
        for (int i = 0; i < 50; i++) events.Add(BackupEventKind.Message, "", $"line {i}");
        Assert.Contains("No space left", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.InRange(disk.Length, 1, 900);
        Assert.True(disk.IsClosed);
        Assert.Equal(50, events.End("Complete").Count(static e => e.Kind == "Message"));
        Assert.Single(warnings);
    }

    private sealed class FillingStream(int room) : MemoryStream
    {
        public bool IsClosed { get; private set; }

        public override long Length => IsClosed ? written : base.Length;

        private long written;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > room) throw new IOException("No space left on device");
            base.Write(buffer);
            written = Position;
        }

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
