using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations;

/// <summary>An open repository, and what users call it.</summary>
/// <param name="Repository">The repository. Its store is closed with this.</param>
/// <param name="Reference">Name or path.</param>
internal sealed record ConnectedRepository(Repository Repository, string Reference) : IAsyncDisposable
{
    public string Id => Repository.Config.Id;

    public ValueTask DisposeAsync() => Repository.Store.DisposeAsync();
}
