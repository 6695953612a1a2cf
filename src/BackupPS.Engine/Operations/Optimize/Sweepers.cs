using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// The marks of those who carry retirements on (DESIGN section 6). A mark stands from before its owner looks whether the retirement does, until it deletes nothing more
/// of it: so long what was decided binds everybody, and it ends when the last mark is gone.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="ids">Draws ids.</param>
/// <param name="memory">Knows who this is, and which processes of this host have ended.</param>
internal sealed class Sweepers(Repository repository, IdSource ids, IPrunerMemory memory)
{
    /// <summary>Puts a mark.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> MarkAsync(string retirementId, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Sweeper(retirementId, ids.Next());
        byte[] bytes = repository.SealRecord(SealedType.Sweeper, name, memory.Self, RepositoryJson.Default.SweeperRecord);
        return await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken) ? name
            : throw new BackupException(BackupError.InternalError, $"A mark with the random name {name} exists already.", name);
    }

    /// <summary>Takes a mark away: its owner deletes nothing more.</summary>
    public async Task UnmarkAsync(string mark, CancellationToken cancellationToken) => await repository.Store.DeleteAsync(mark, cancellationToken);

    /// <summary>Deletes decisions that bind nobody any more, of some retirements that are known to have ended.</summary>
    public async Task EndDecisionsAsync(IReadOnlyCollection<string> retirementIds, CancellationToken cancellationToken)
    {
        if (retirementIds.Count == 0) return;
        ILookup<string, string> sweepers = await RetiredPacks.ListSweepersAsync(repository, cancellationToken);
        foreach (string id in retirementIds.Where(id => !sweepers.Contains(id)))
        {
            await repository.Store.DeleteAsync(RepositoryLayout.Decision(id), cancellationToken);
        }
    }

    /// <summary>Takes away the marks of processes of this host that have ended, and those of retirements that are given up by name.</summary>
    public async Task ClearAsync(Func<string, bool> isAbandoned, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, string> marks in await RetiredPacks.ListSweepersAsync(repository, cancellationToken))
        {
            foreach (string mark in marks)
            {
                bool hasEnded = isAbandoned(marks.Key) || (await FindOwnerAsync(mark, cancellationToken) is { } owner && memory.HasEnded(owner));
                if (hasEnded) await UnmarkAsync(mark, cancellationToken);
            }
        }
    }

    /// <summary>Who carries a retirement on, in words; <see langword="null"/>: nobody does.</summary>
    public async Task<string?> DescribeAsync(string retirementId, CancellationToken cancellationToken)
    {
        string? mark = (await RetiredPacks.ListSweepersAsync(repository, cancellationToken))[retirementId].FirstOrDefault();
        if (mark is null) return null;
        return await FindOwnerAsync(mark, cancellationToken) is { } owner
            ? $"process {owner.ProcessId} on {owner.HostName}, since {owner.Started:u}"
            : $"'{mark}'";
    }

    private async Task<SweeperRecord?> FindOwnerAsync(string mark, CancellationToken cancellationToken)
    {
        try
        {
            return await repository.ReadRecordAsync(SealedType.Sweeper, mark, RepositoryJson.Default.SweeperRecord, cancellationToken);
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            return null;
        }
    }
}
