using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>A call with an answer.</summary>
internal sealed class PendingCall<T>(Actor actor, string text, bool changes, Func<T> execute) : PendingCall(actor, text, changes)
{
    private readonly TaskCompletionSource<T> completion = new();

    public Task<T> Answer => completion.Task;

    public override string Execute(bool answerLost)
    {
        T answer = execute();
        if (answerLost) completion.SetException(new StoreException(StoreFailure.Transient, "the answer was lost"));
        else completion.SetResult(answer);
        return answerLost ? "(answer lost)" : Describe(answer);
    }

    public override string ExecuteLate() => Describe(execute());

    public override void Fail(Exception exception) => completion.SetException(exception);

    private static string Describe(T answer) => answer switch
    {
        byte[] bytes => $"{bytes.Length} bytes",
        null => "nothing",
        IEnumerable<StoredObject> items => "[" + string.Join(' ', items.Select(static i => i.Name[(i.Name.LastIndexOf('/') + 1)..][..4])) + "]",
        _ => answer.ToString() ?? "",
    };
}
