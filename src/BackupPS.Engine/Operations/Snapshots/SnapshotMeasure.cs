using System.Runtime.CompilerServices;
using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Measures how much space snapshots take, and how much of it is their own.</summary>
internal sealed class SnapshotMeasure(OperationContext context)
{
    // Others remove and prune at the same time: what is missing then is not needed any more at the next look.
    private const int MaximumRounds = 5;

    public async IAsyncEnumerable<BackupSnapshotSize> RunAsync(MeasureQuery query, RunCallbacks callbacks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using ConnectedRepository connected = await context.Connections.OpenAsync(query.Repository, query.Secret, callbacks, cancellationToken);
        var wanted = new List<string>(query.SnapshotId.Distinct(StringComparer.Ordinal));
        for (int round = 1; wanted.Count > 0; round++)
        {
            IReadOnlyList<SnapshotRecord> all = await new SnapshotStore(connected.Repository, context.Time).ListRecordsAsync(SnapshotSelection.All, e => callbacks.OnFault?.Invoke(new BackupFault(e.Error, e.Target, e.Message)), cancellationToken);
            Dictionary<string, SnapshotRecord> records = all.ToDictionary(static r => r.Id, StringComparer.Ordinal);
            foreach (string id in wanted.Where(id => !records.ContainsKey(id))) callbacks.OnFault?.Invoke(new BackupFault(BackupError.SnapshotNotFound, id, "there is no such snapshot (any more)"));
            wanted.RemoveAll(id => !records.ContainsKey(id));
            List<BackupSnapshotSize> measured;
            try
            {
                measured = await MeasureAsync(connected, all, [.. wanted.Select(id => records[id])], callbacks, cancellationToken);
            }
            catch (BackupException e) when (round < MaximumRounds && (e.Error == BackupError.BlobMissing || e.Error == BackupError.ObjectMissing))
            {
                continue;
            }

            foreach (BackupSnapshotSize size in measured) yield return size;
            yield break;
        }
    }

    private static async Task<List<BackupSnapshotSize>> MeasureAsync(ConnectedRepository connected, IReadOnlyList<SnapshotRecord> all, List<SnapshotRecord> wanted, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0) return [];
        (Repository repository, BlobIndex index) = await FreedSpace.LoadAsync(connected.Repository, cancellationToken);
        int done = 0, total = all.Count + wanted.Count + (wanted.Count > 1 ? all.Count : 0);
        using var shared = new SharedBlobs(repository, index);
        foreach (SnapshotRecord record in all)
        {
            await shared.AddAsync(record, cancellationToken);
            Tell(record);
        }

        // Of one alone it is the same as what is its own.
        Dictionary<string, long> freed = wanted.Count == 1 ? [] : await FreedSpace.MeasureAsync(repository, index, all, wanted, () => Tell(null), cancellationToken);
        var measured = new List<BackupSnapshotSize>();
        foreach (SnapshotRecord record in wanted)
        {
            (long stored, long unique) = await shared.MeasureAsync(record, cancellationToken);
            Tell(record);
            measured.Add(new BackupSnapshotSize
            {
                SnapshotId = record.Id,
                Repository = connected.Reference,
                RepositoryId = connected.Id,
                PolicyName = record.PolicyName,
                HostName = record.HostName,
                Time = record.Time,
                FileCount = record.FileCount,
                DirectoryCount = record.DirectoryCount,
                Bytes = record.Bytes,
                StoredBytes = stored,
                UniqueBytes = unique,
                SharedBytes = stored - unique,
                FreedBytes = freed.GetValueOrDefault(record.Id, unique),
            });
        }

        return measured;

        void Tell(SnapshotRecord? record) => callbacks.Progress?.Report(new OperationProgress("Measuring", ++done, total, 0, 0, record is null ? "" : record.Id));
    }
}
