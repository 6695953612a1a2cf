using System.Globalization;

namespace BackupPS.Engine;

/// <summary>A call to a store that failed for a reason that may pass, and is about to be repeated.</summary>
/// <param name="Path">The object, or the beginning of the names in a listing; the store's own place while it is opened.</param>
/// <param name="Attempt">Which repetition of this call it is, from 1.</param>
/// <param name="Delay">How long it waits before.</param>
/// <param name="Reason">What the failed call said.</param>
public sealed record BackupRetry(string Path, int Attempt, TimeSpan Delay, string Reason)
{
    /// <summary>A line for people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Retry {Attempt} in {Delay.TotalSeconds:0.0} s: {PathText.ToDisplay(Reason)}");
}
