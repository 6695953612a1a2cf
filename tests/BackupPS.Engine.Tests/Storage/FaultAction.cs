using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>What is to happen to a call: waiting, then an error, the call, an error, in that order and each only if asked for.</summary>
internal sealed record FaultAction
{
    /// <summary>Nothing: the call goes through.</summary>
    public static FaultAction None { get; } = new();

    /// <summary>Awaited before anything else.</summary>
    public Func<CancellationToken, Task>? Wait { get; private init; }

    /// <summary>Thrown instead of the call.</summary>
    public Exception? Before { get; private init; }

    /// <summary>Thrown after the call was done: its answer is lost.</summary>
    public Exception? After { get; private init; }

    /// <summary>Half of what was to be written is left beside the objects.</summary>
    public bool Tears { get; private init; }

    /// <summary>Called when it has happened, before the caller hears of it.</summary>
    public Action? Happened { get; private init; }

    /// <summary>A listing breaks off after so many names; <see langword="null"/>: it does not.</summary>
    public int? Items { get; private init; }

    /// <summary>What a get, or a read, answers instead of the bytes that are stored.</summary>
    public Action<Memory<byte>>? Change { get; private init; }

    /// <summary>The call is not made, and fails.</summary>
    public static FaultAction FailBefore(StoreFailure failure = StoreFailure.Transient) => FailBefore(new StoreException(failure, $"Injected before the call: {failure}."));

    /// <summary>The same with an exception of the caller's choice.</summary>
    public static FaultAction FailBefore(Exception exception) => new() { Before = exception };

    /// <summary>The call is made, and fails all the same.</summary>
    public static FaultAction FailAfter(StoreFailure failure = StoreFailure.Transient) => FailAfter(new StoreException(failure, $"Injected after the call: {failure}."));

    /// <summary>The same with an exception of the caller's choice.</summary>
    public static FaultAction FailAfter(Exception exception) => new() { After = exception };

    /// <summary>The call is not made, and fails; of what it was to write, half lies about.</summary>
    public static FaultAction Tear(Exception exception) => new() { Before = exception, Tears = true };

    /// <summary>The same, and somebody is told.</summary>
    public FaultAction Then(Action? happened) => new() { Wait = Wait, Before = Before, After = After, Change = Change, Tears = Tears, Items = Items, Happened = happened };

    /// <summary>A listing breaks off after so many names, or at its end where it has fewer. Another call fails before it is made.</summary>
    public static FaultAction FailAmid(int items)
    {
        var failure = new StoreException(StoreFailure.Transient, $"Injected after {items} names.");
        return new FaultAction { Items = items, Before = failure, After = failure };
    }

    /// <summary>The call is slow.</summary>
    public static FaultAction Delay(TimeSpan time) => new() { Wait = token => Task.Delay(time, token) };

    /// <summary>Something else is done before the call.</summary>
    public static FaultAction WaitFor(Func<CancellationToken, Task> first) => new() { Wait = first };

    /// <summary>The call is held until a task ends.</summary>
    public static FaultAction HoldUntil(Task released) => new() { Wait = released.WaitAsync };

    /// <summary>A get or a read answers with bytes that were changed on the way.</summary>
    public static FaultAction ChangeBytes(Action<Memory<byte>> change) => new() { Change = change };
}
