namespace BackupPS.Engine.Operations.Verify;

/// <summary>What a verification has found and counted. Safe for any number of threads.</summary>
internal sealed class DamageLog(RunCallbacks callbacks)
{
    private readonly Lock gate = new();
    private readonly List<BackupFault> damages = [];
    private readonly List<(string Pack, BackupFault Damage)> places = [];
    private readonly SortedSet<string> healed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> objects = new(StringComparer.Ordinal);
    private readonly HashSet<string> affected = new(StringComparer.Ordinal);
    private readonly HashSet<string> packs = new(StringComparer.Ordinal);
    private readonly HashSet<string> unreadable = new(StringComparer.Ordinal);
    private readonly HashSet<(string Pack, int Segment)> segments = [];
    private int count;
    private int placeCount;
    private long objectCount;
    private long blobCount;
    private long bytesRead;

    public int Count => Volatile.Read(ref count);

    /// <summary>Places in packs that were found to be in doubt, so far.</summary>
    public int PlaceCount => Volatile.Read(ref placeCount);

    public long ObjectCount => Interlocked.Read(ref objectCount);

    public long BlobCount => Interlocked.Read(ref blobCount);

    public long BytesRead => Interlocked.Read(ref bytesRead);

    public IReadOnlyList<BackupFault> Damages
    {
        get
        {
            lock (gate) return [.. damages];
        }
    }

    public string[] Objects
    {
        get
        {
            lock (gate) return [.. objects];
        }
    }

    public IReadOnlySet<string> Affected => affected;

    /// <summary>Objects that are missing or damaged, and of which every snapshot has what it needs elsewhere.</summary>
    public string[] Healed
    {
        get
        {
            lock (gate) return [.. healed];
        }
    }

    /// <summary>Packs that are there and cannot be read, or not all of them.</summary>
    public IReadOnlyCollection<string> UnreadablePacks
    {
        get
        {
            lock (gate) return [.. unreadable];
        }
    }

    /// <summary>An object is damaged or missing.</summary>
    public void Add(BackupError error, string name, string how)
    {
        var damage = new BackupFault(error, name, how);
        lock (gate)
        {
            count++;
            if (name.Length > 0) objects.Add(name);
            if (damages.Count < FaultLog.MaximumKept) damages.Add(damage);
        }

        callbacks.OnFault?.Invoke(damage);
    }

    /// <summary>The whole of a pack is in doubt. Whether that is damage is known when all snapshots were gone through: <see cref="Settle"/> tells it.</summary>
    public void AddPack(string pack, BackupError error, string name, string how)
    {
        lock (gate) packs.Add(pack);
        AddPlace(pack, new BackupFault(error, name, how));
    }

    /// <summary>One segment of a pack is damaged; as <see cref="AddPack"/> otherwise.</summary>
    public void AddSegment(string pack, int segment, string name, string how)
    {
        lock (gate) segments.Add((pack, segment));
        AddPlace(pack, new BackupFault(BackupError.ObjectDamaged, name, how));
    }

    /// <summary>Tells what was found in packs: as damage, or as healed, where every snapshot has other copies of what it needs.</summary>
    /// <param name="isHealed">Whether that holds of a pack.</param>
    public void Settle(Func<string, bool> isHealed)
    {
        (string Pack, BackupFault Damage)[] found;
        lock (gate)
        {
            found = [.. places];
            places.Clear();
        }

        foreach ((string pack, BackupFault damage) in found)
        {
            if (isHealed(pack)) AddHealed(damage.Path);
            else Add(damage.Error, damage.Path, damage.Reason);
        }
    }

    /// <summary>An object is missing or damaged, and nobody needs it any more.</summary>
    public void AddHealed(string name)
    {
        lock (gate) healed.Add(name);
    }

    /// <summary>A snapshot is touched by damage.</summary>
    public void AddAffected(string snapshotId)
    {
        lock (gate) affected.Add(snapshotId);
    }

    /// <summary>Whether a place in a pack is in doubt.</summary>
    public bool IsDoubtful(string pack, int segment)
    {
        if (PlaceCount == 0) return false;
        lock (gate) return packs.Contains(pack) || segments.Contains((pack, segment));
    }

    private void AddPlace(string pack, BackupFault damage)
    {
        lock (gate)
        {
            placeCount++;
            if (damage.Error != BackupError.ObjectMissing) unreadable.Add(pack);
            places.Add((pack, damage));
        }

        callbacks.OnMessage?.Invoke(damage.Reason);
    }

    public void CountObject(long bytes)
    {
        Interlocked.Increment(ref objectCount);
        CountBytes(bytes);
    }

    public void CountBytes(long bytes) => Interlocked.Add(ref bytesRead, bytes);

    public void CountBlobs(int blobs) => Interlocked.Add(ref blobCount, blobs);
}
