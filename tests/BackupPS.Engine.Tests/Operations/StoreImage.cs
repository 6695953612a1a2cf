using System.Buffers;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The objects of a repository at one moment, from which any number of stores can be made.</summary>
internal sealed class StoreImage
{
    private StoreImage(SortedDictionary<string, byte[]> objects) => Objects = objects;

    public SortedDictionary<string, byte[]> Objects { get; }

    /// <summary>The names of the packs, and so on for every prefix.</summary>
    public string[] Names(string prefix) => [.. Objects.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];

    /// <summary>What a repository in a folder holds.</summary>
    public static async Task<StoreImage> ReadAsync(string folder)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(folder);
        return await ReadAsync(store);
    }

    /// <summary>What a store holds.</summary>
    public static async Task<StoreImage> ReadAsync(IObjectStore store)
    {
        var objects = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        await foreach (StoredObject item in store.ListAsync("", default))
        {
            if (!item.Name.StartsWith("tmp/", StringComparison.Ordinal)) objects.Add(item.Name, (await store.GetAsync(item.Name, int.MaxValue, default))!);
        }

        return new StoreImage(objects);
    }

    /// <summary>Whether both hold the same objects with the same bytes.</summary>
    public bool IsSame(StoreImage other) => Objects.Count == other.Objects.Count && IsPartOf(other);

    /// <summary>Whether the other holds all of this with the same bytes, and perhaps more.</summary>
    public bool IsPartOf(StoreImage other) => Objects.All(o => other.Objects.TryGetValue(o.Key, out byte[]? content) && content.AsSpan().SequenceEqual(o.Value));

    /// <summary>A store that holds the same.</summary>
    public MemoryObjectStore ToStore() => ToStore(static _ => { });

    /// <summary>A store that holds the same but for a change.</summary>
    public MemoryObjectStore ToStore(Action<IDictionary<string, byte[]>> change)
    {
        var changed = new Dictionary<string, byte[]>(Objects, StringComparer.Ordinal);
        change(changed);
        var store = new MemoryObjectStore();
        foreach ((string name, byte[] content) in changed)
        {
            ValueTask<bool> put = store.PutNewAsync(name, new ReadOnlySequence<byte>(content), default);
            Assert.True(put.IsCompletedSuccessfully);
        }

        return store;
    }
}
