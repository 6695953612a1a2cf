using System.Buffers;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Stands between an actor and its store, and breaks one rule of the protocol; see <see cref="ProtocolRule"/>.</summary>
internal sealed class BreakingStore(IObjectStore inner, ProtocolRule rule, ActorKind kind) : IObjectStore
{
    private readonly Dictionary<string, Dictionary<string, byte[]>> captured = new(StringComparer.Ordinal);
    private readonly HashSet<string> own = new(StringComparer.Ordinal);
    private (string Name, byte[] Bytes)? heldSession, heldMark;
    private int retiredListings;

    public string Location => inner.Location;

    public async ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        bool isSession = name.StartsWith(RepositoryLayout.Sessions, StringComparison.Ordinal), isRetired = name.StartsWith(RepositoryLayout.Retired, StringComparison.Ordinal);
        bool isDecision = name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal);
        if (Breaks(ProtocolRule.SessionFirst, ActorKind.Writer))
        {
            if (isSession)
            {
                heldSession = (name, content.ToArray());
                return true;
            }

            if (heldSession is { } held)
            {
                heldSession = null;
                await inner.PutNewAsync(held.Name, new ReadOnlySequence<byte>(held.Bytes), cancellationToken);
            }
        }

        bool isMark = name.StartsWith(RepositoryLayout.Sweepers, StringComparison.Ordinal);
        if (Breaks(ProtocolRule.MarkFirst, ActorKind.Pruner) && isMark) return true;
        if (Breaks(ProtocolRule.AnnouncedUnderMark, ActorKind.Pruner))
        {
            if (isMark)
            {
                heldMark = (name, content.ToArray());
                return true;
            }

            // That of an announcement is left out; others come before anything else is done.
            if (isRetired && !isDecision) heldMark = null;
            await PutHeldMarkAsync(cancellationToken);
        }

        if (Breaks(ProtocolRule.AnnouncedFirst, ActorKind.Pruner) && isRetired && !isDecision) await CaptureAsync(RepositoryLayout.Sessions, cancellationToken);
        if (Breaks(ProtocolRule.DecisionOnce, ActorKind.Pruner) && isDecision)
        {
            await inner.PutAsync(name, content, cancellationToken);
            return true;
        }

        if (isRetired && !isDecision) own.Add(RepositoryLayout.LastSegment(name));
        if (name.StartsWith(RepositoryLayout.Indexes, StringComparison.Ordinal)) own.Add(name);
        return await inner.PutNewAsync(name, content, cancellationToken);
    }

    public ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) => inner.PutAsync(name, content, cancellationToken);

    public async ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken) => FindCaptured(name) ?? await inner.GetAsync(name, maximumLength, cancellationToken);

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (FindCaptured(name) is not { } kept) return await inner.ReadAsync(name, offset, destination, cancellationToken);
        int count = (int)Math.Clamp(kept.Length - offset, 0, destination.Length);
        kept.AsSpan((int)Math.Min(offset, kept.Length), count).CopyTo(destination.Span);
        return count;
    }

    public async ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken)
    {
        if (Breaks(ProtocolRule.TombstoneForStanding, ActorKind.Remover) && name.StartsWith(RepositoryLayout.Sessions, StringComparison.Ordinal)) return -1;
        await PutHeldMarkAsync(cancellationToken);
        if (Breaks(ProtocolRule.MarkChecked, ActorKind.Pruner) && name.StartsWith(RepositoryLayout.Retired, StringComparison.Ordinal)) return 1;
        return await inner.GetLengthAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Breaks(ProtocolRule.ReaderReloads, ActorKind.Reader) && prefix == RepositoryLayout.Indexes && !captured.ContainsKey(prefix)) await CaptureAsync(prefix, cancellationToken);
        if (Breaks(ProtocolRule.SnapshotsListedAgain, ActorKind.Pruner) && prefix == RepositoryLayout.Snapshots && !captured.ContainsKey(prefix)) await CaptureAsync(prefix, cancellationToken);
        if (Breaks(ProtocolRule.RetiredLast, ActorKind.Pruner) && prefix == RepositoryLayout.Indexes && own.Count > 0) await CaptureAsync(RepositoryLayout.Retired, cancellationToken);
        if (Breaks(ProtocolRule.ReaderReloads, ActorKind.Reader) && prefix == RepositoryLayout.Packs) yield break;
        if (rule == ProtocolRule.RetiredListedAgain && prefix == RepositoryLayout.Retired && retiredListings++ % 2 == 1) yield break;
        if (captured.TryGetValue(prefix, out Dictionary<string, byte[]>? kept))
        {
            foreach ((string name, byte[] bytes) in kept) yield return new StoredObject(name, bytes.LongLength);
            yield break;
        }

        await foreach (StoredObject item in inner.ListAsync(prefix, cancellationToken))
        {
            if (Breaks(ProtocolRule.OthersRetiredAbsent, ActorKind.Pruner) && prefix == RepositoryLayout.Retired && own.Count > 0 && !own.Contains(RepositoryLayout.LastSegment(item.Name)[..RepositoryLayout.IdLength])) continue;
            yield return item;
        }
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        bool isIndex = name.StartsWith(RepositoryLayout.Indexes, StringComparison.Ordinal);
        if (Breaks(ProtocolRule.MarksLast, ActorKind.Pruner))
        {
            if (name.StartsWith(RepositoryLayout.Retired, StringComparison.Ordinal) && !name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal)) await CaptureAsync(RepositoryLayout.Sweepers, cancellationToken);
            if (captured.TryGetValue(RepositoryLayout.Sweepers, out Dictionary<string, byte[]>? marks)) marks.Remove(name);
        }

        if (Breaks(ProtocolRule.IndexDeletesWhatWasRead, ActorKind.Pruner) && isIndex)
        {
            await foreach (StoredObject item in inner.ListAsync(RepositoryLayout.Indexes, cancellationToken))
            {
                if (!own.Contains(item.Name)) await inner.DeleteAsync(item.Name, cancellationToken);
            }

            return;
        }

        await inner.DeleteAsync(name, cancellationToken);
        if (Breaks(ProtocolRule.DecisionsBind, ActorKind.Pruner) && name.StartsWith(RepositoryLayout.Retired, StringComparison.Ordinal) && !name.EndsWith(RepositoryLayout.SweptSuffix, StringComparison.Ordinal)) await inner.DeleteAsync(name + RepositoryLayout.SweptSuffix, cancellationToken);

        // The session of a tombstone has been cleared away.
        if (Breaks(ProtocolRule.TombstonesStay, ActorKind.Pruner) && name.StartsWith(RepositoryLayout.Sessions, StringComparison.Ordinal)) await inner.DeleteAsync(RepositoryLayout.Snapshot(RepositoryLayout.LastSegment(name)), cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task PutHeldMarkAsync(CancellationToken cancellationToken)
    {
        if (heldMark is not { } held) return;
        heldMark = null;
        await inner.PutNewAsync(held.Name, new ReadOnlySequence<byte>(held.Bytes), cancellationToken);
    }

    private bool Breaks(ProtocolRule broken, ActorKind by) => rule == broken && kind == by;

    // Only what is served is kept: of snapshots, that they were listed.
    private byte[]? FindCaptured(string name) => rule != ProtocolRule.SnapshotsListedAgain && captured.TryGetValue(name[..(name.LastIndexOf('/') + 1)], out Dictionary<string, byte[]>? kept) ? kept.GetValueOrDefault(name) : null;

    private async Task CaptureAsync(string prefix, CancellationToken cancellationToken)
    {
        var kept = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await foreach (StoredObject item in inner.ListAsync(prefix, cancellationToken))
        {
            byte[]? bytes = await inner.GetAsync(item.Name, int.MaxValue, cancellationToken);
            if (bytes is not null) kept[item.Name] = bytes;
        }

        captured[prefix] = kept;
    }
}
