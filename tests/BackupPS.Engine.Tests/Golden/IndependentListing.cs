using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>Lists a repository by FORMAT.md alone: sections 8 and 9, on top of <see cref="IndependentReader"/>.</summary>
internal sealed class IndependentListing(IndependentReader reader)
{
    public IReadOnlyList<ListedSnapshot> Read()
    {
        var listed = new List<ListedSnapshot>();
        foreach (string name in reader.Names("snapshots"))
        {
            string id = name["snapshots/".Length..];
            if (reader.TypeOf(name) == 6)
            {
                reader.OpenObject(name, 6);
                continue;
            }

            using JsonDocument record = JsonDocument.Parse(reader.OpenObject(name, 3));
            JsonElement root = record.RootElement;
            string? note = reader.Names("notes").LastOrDefault(n => n.StartsWith($"notes/{id}.", StringComparison.Ordinal));
            using JsonDocument? latest = note is null ? null : JsonDocument.Parse(reader.OpenObject(note, 4));
            var items = new List<ListedItem>();
            ListFolder(root.GetProperty("root").GetString()!, "/"u8.ToArray(), items);
            listed.Add(new ListedSnapshot
            {
                Id = root.GetProperty("id").GetString()!,
                Time = DateTime.Parse(root.GetProperty("time").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
                Type = root.GetProperty("type").GetString()!,
                Status = root.GetProperty("status").GetString()!,
                PolicyName = root.GetProperty("policyName").GetString()!,
                HostName = root.GetProperty("hostName").GetString()!,
                ParentId = root.GetProperty("parentId").GetString()!,
                PredecessorId = root.GetProperty("predecessorId").GetString()!,
                Sequence = root.GetProperty("sequence").GetInt64(),
                Source = [.. root.GetProperty("source").EnumerateArray().Select(static s => Unescape(s.GetString()!))],
                Tag = [.. (latest?.RootElement ?? root).GetProperty("tag").EnumerateArray().Select(static t => t.GetString()!)],
                Hold = latest is not null && latest.RootElement.GetProperty("hold").GetBoolean(),
                Items = items,
            });
        }

        return [.. listed.OrderBy(static s => s.Time).ThenBy(static s => s.Sequence)];
    }

    // Section 9.1.
    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && text[i + 1] == '\\')
            {
                bytes.Add((byte)'\\');
                i++;
            }
            else if (text[i] == '\\')
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 2, 2), 16));
                i += 3;
            }
            else
            {
                int length = char.IsHighSurrogate(text[i]) ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
            }
        }

        return [.. bytes];
    }

    private void ListFolder(string tree, byte[] path, List<ListedItem> items)
    {
        var page = new IndependentNumbers(reader.Blob(tree, tree: true).Span);
        IndependentReader.Require(page.Byte() == 1, "the version of a tree");
        byte form = page.Byte();
        if (form == 1)
        {
            var leaves = new List<string>();
            for (int n = page.Count(); n > 0; n--) leaves.Add(page.Id());
            IndependentReader.Require(page.AtEnd, "the end of a page list");
            foreach (string leaf in leaves) ListFolder(leaf, path, items);
            return;
        }

        IndependentReader.Require(form == 0, "the form of a tree");
        var names = new List<string> { "" };
        for (int n = page.Count(); n > 0; n--) names.Add(page.Text());
        var found = new List<(ListedItem Item, string Subtree)>();
        for (int n = page.Count(); n > 0; n--) found.Add(ReadEntry(ref page, names, path));
        IndependentReader.Require(page.AtEnd, "the end of a leaf");
        foreach ((ListedItem item, string subtree) in found)
        {
            items.Add(item);
            if (item.Kind == 2) ListFolder(subtree, [.. item.Path, (byte)'/'], items);
        }
    }

    private (ListedItem Item, string Subtree) ReadEntry(ref IndependentNumbers page, List<string> names, byte[] path)
    {
        int kind = page.Byte();
        ulong flags = page.Number();
        byte[] name = page.Run();
        uint mode = (uint)page.Number(), userId = (uint)page.Number(), groupId = (uint)page.Number();
        string userName = names[page.Count()], groupName = names[page.Count()];
        (long, int) modified = (page.Signed(), page.Count()), changed = (page.Signed(), page.Count());
        ulong inode = page.Number();
        uint windowsAttributes = (uint)page.Number();
        ulong linkDevice = (flags & 4) != 0 ? page.Number() : 0;
        long size = 0;
        int depth = 0;
        List<string> content = [];
        List<(long, long)>? ranges = null;
        string subtree = "";
        byte[] target = [];
        (uint, uint) node = default;
        switch (kind)
        {
            case 1:
                size = (long)page.Number();
                depth = page.Count();
                for (int n = page.Count(); n > 0; n--) content.Add(page.Id());
                if ((flags & 8) != 0) ranges = ReadRanges(ref page);
                break;
            case 2:
                subtree = page.Id();
                break;
            case 3:
                target = page.Run();
                break;
            case 6 or 7:
                node = ((uint)page.Number(), (uint)page.Number());
                break;
        }

        byte[] attributes = (flags & 16) != 0 ? page.Run() : (flags & 32) != 0 ? reader.Blob(page.Id(), tree: true).ToArray() : [0];
        return (new ListedItem
        {
            Path = [.. path, .. name],
            Kind = kind,
            Flags = flags,
            Mode = mode,
            UserId = userId,
            GroupId = groupId,
            UserName = userName,
            GroupName = groupName,
            Modified = modified,
            Changed = changed,
            Inode = inode,
            LinkDevice = linkDevice,
            WindowsAttributes = windowsAttributes,
            Size = size,
            ContentHash = kind == 1 ? Hash(content, depth, ranges, size) : [],
            Ranges = ranges,
            Target = target,
            Node = node,
            Attributes = ReadAttributes(attributes),
        }, subtree);
    }

    private static List<(long Offset, long Length)> ReadRanges(ref IndependentNumbers page)
    {
        var ranges = new List<(long, long)>();
        long end = 0;
        for (int n = page.Count(); n > 0; n--)
        {
            long offset = end + (long)page.Number();
            long length = (long)page.Number();
            ranges.Add((offset, length));
            end = offset + length;
        }

        return ranges;
    }

    private static List<(byte[] Name, byte[] Value)> ReadAttributes(byte[] bytes)
    {
        var set = new IndependentNumbers(bytes);
        var attributes = new List<(byte[], byte[])>();
        for (int n = set.Count(); n > 0; n--) attributes.Add((set.Run(), set.Run()));
        IndependentReader.Require(set.AtEnd, "the end of a set of attributes");
        return attributes;
    }

    // Section 8.4.
    private byte[] Hash(List<string> ids, int depth, List<(long Offset, long Length)>? ranges, long size)
    {
        for (; depth > 0; depth--)
        {
            var next = new List<string>();
            foreach (string id in ids)
            {
                var list = new IndependentNumbers(reader.Blob(id, tree: true).Span);
                IndependentReader.Require(list.Byte() == 1 && list.Byte() == 2, "a content list");
                for (int n = list.Count(); n > 0; n--) next.Add(list.Id());
            }

            ids = next;
        }

        byte[] content = new byte[size];
        Queue<(long Offset, long Length)> left = new(ranges ?? [(0, size)]);
        (long offset, long room) = left.Count > 0 ? left.Dequeue() : (0, 0);
        foreach (string id in ids)
        {
            ReadOnlySpan<byte> blob = reader.Blob(id, tree: false).Span;
            while (!blob.IsEmpty)
            {
                if (room == 0) (offset, room) = left.Dequeue();
                int length = (int)Math.Min(room, blob.Length);
                blob[..length].CopyTo(content.AsSpan((int)offset));
                offset += length;
                room -= length;
                blob = blob[length..];
            }
        }

        IndependentReader.Require(room == 0 && left.Count == 0, "the sum of a file's blobs");
        return SHA256.HashData(content);
    }
}
