using System.Buffers;
using System.Globalization;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>The sessions of a repository: which of them may still commit, and how one is fenced off (DESIGN section 6).</summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
/// <param name="memory">Since when each is silent.</param>
/// <param name="fence">Whether every one that has not ended is fenced off.</param>
internal sealed class StandingSessions(Repository repository, TimeProvider time, IPrunerMemory memory, bool fence)
{
    // Section 6: by this host's own watch, so that no other clock counts. It costs the writer its run, never anybody's data.
    private static readonly TimeSpan FenceAfter = TimeSpan.FromHours(48);

    private IReadOnlyDictionary<string, DateTime> silentSince = new Dictionary<string, DateTime>();

    /// <summary>How many were fenced off.</summary>
    public int Fenced { get; private set; }

    /// <summary>Every session that stands, whether it has ended or not.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var standing = new SortedSet<string>(StringComparer.Ordinal);
        var beats = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Sessions, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string last = RepositoryLayout.LastSegment(item.Name), id = last[..RepositoryLayout.IdLength];
            if (last.Length == RepositoryLayout.IdLength) standing.Add(id);
            else beats[id] = Math.Max(beats.GetValueOrDefault(id, -1), int.Parse(last.AsSpan(RepositoryLayout.IdLength + 1), NumberStyles.None, CultureInfo.InvariantCulture));
        }

        silentSince = memory.Watch(standing.ToDictionary(static s => s, s => beats.GetValueOrDefault(s, -1), StringComparer.Ordinal), time.GetUtcNow().UtcDateTime);
        return [.. standing];
    }

    /// <summary>Whether a session stands that has neither a snapshot nor a tombstone. Changes nothing.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="among">Only of these; <see langword="null"/>: of all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<bool> AnyUnfinishedAsync(Repository repository, IReadOnlyList<string>? among, CancellationToken cancellationToken)
    {
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Sessions, cancellationToken))
        {
            string id = RepositoryLayout.LastSegment(item.Name);
            if (RepositoryLayout.IsHex(id, RepositoryLayout.IdLength) && among?.Contains(id) != false && await repository.Store.GetLengthAsync(RepositoryLayout.Snapshot(id), cancellationToken) < 0) return true;
        }

        return false;
    }

    /// <summary>Those of some sessions that may still commit. What may be fenced off is; what a tombstone ended is cleared away.</summary>
    public async Task<List<string>> FindRunningAsync(IEnumerable<string> sessions, CancellationToken cancellationToken)
    {
        var running = new List<string>();
        foreach (string id in sessions)
        {
            if (await MayCommitAsync(id, cancellationToken)) running.Add(id);
        }

        return running;
    }

    private async Task<bool> MayCommitAsync(string id, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Snapshot(id);
        while (true)
        {
            byte[]? outcome = await repository.GetRecordBytesAsync(name, cancellationToken);
            if (outcome is not null)
            {
                // After a commit the session is its writer's alone to take away: an answer that was lost may still make it repeat the put.
                if (SealedObject.PeekType(outcome) == SealedType.Tombstone) await ClearAsync(id, cancellationToken);
                return false;
            }

            if (await repository.Store.GetLengthAsync(RepositoryLayout.Session(id), cancellationToken) < 0) return false;
            bool silent = silentSince.TryGetValue(id, out DateTime since) && time.GetUtcNow().UtcDateTime - since >= FenceAfter;
            if (!fence && !silent) return true;
            var tombstone = new TombstoneRecord { Reason = "fenced", Time = time.GetUtcNow().UtcDateTime };
            byte[] bytes = repository.SealRecord(SealedType.Tombstone, name, tombstone, RepositoryJson.Default.TombstoneRecord);
            if (await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken)) Fenced++;
        }
    }

    private async Task ClearAsync(string id, CancellationToken cancellationToken)
    {
        string beats = RepositoryLayout.Session(id) + ".";
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Sessions, cancellationToken))
        {
            if (item.Name.StartsWith(beats, StringComparison.Ordinal)) await repository.Store.DeleteAsync(item.Name, cancellationToken);
        }

        await repository.Store.DeleteAsync(RepositoryLayout.Session(id), cancellationToken);
    }
}
