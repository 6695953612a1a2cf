namespace BackupPS.Engine.Tests.Operations;

/// <summary>A clock whose stopwatch runs fast, so that what happens every minute happens all the time.</summary>
internal sealed class FastClock(long speed) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromSeconds(10);

    public override long GetTimestamp() => base.GetTimestamp() * speed;
}
