using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

/// <summary>A clock that moves one second with each reading, so that what is recorded later is later.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _seconds;

    public DateTimeOffset Start { get; init; } = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Start.AddSeconds(Interlocked.Increment(ref _seconds));
}
