namespace BackupPS.Engine.Repositories;

/// <summary>The segments read last, up to a number of bytes. Each is fetched by one caller at a time; the others wait for it.</summary>
internal sealed class SegmentCache(long capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Pack, int Segment), LinkedListNode<Item>> items = [];
    private readonly LinkedList<Item> recent = new();
    private long size;

    /// <summary>The segment, fetched where it is not at hand.</summary>
    public Task<byte[]> GetAsync(string pack, int segment, int length, Func<Task<byte[]>> fetch)
    {
        lock (gate)
        {
            if (items.TryGetValue((pack, segment), out LinkedListNode<Item>? node))
            {
                // A fetch that failed, or was cancelled by whoever began it, is begun anew.
                if (!node.Value.Content.IsFaulted && !node.Value.Content.IsCanceled)
                {
                    recent.Remove(node);
                    recent.AddFirst(node);
                    return node.Value.Content;
                }

                Remove(node);
            }

            Task<byte[]> content = Task.Run(fetch);
            items[(pack, segment)] = recent.AddFirst(new Item((pack, segment), length, content));
            size += length;
            while (size > capacity && recent.Count > 1) Remove(recent.Last!);
            return content;
        }
    }

    private void Remove(LinkedListNode<Item> node)
    {
        recent.Remove(node);
        items.Remove(node.Value.Key);
        size -= node.Value.Length;
    }

    private readonly record struct Item((string Pack, int Segment) Key, int Length, Task<byte[]> Content);
}
