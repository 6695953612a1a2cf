namespace BackupPS.Soak;

/// <summary>A clock that was set wrong by an administrator: the system's, and so much ahead.</summary>
internal sealed class ShiftedClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
