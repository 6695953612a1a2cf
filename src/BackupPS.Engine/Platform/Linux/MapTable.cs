using System.Buffers;
using System.Buffers.Text;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>
/// Finds the files that processes have mapped shared and writable, in <c>/proc/PID/maps</c> (proc(5)): those of all processes for root, else those of this
/// account. Some 0.1 ms a process.
/// </summary>
internal static class MapTable
{
    /// <summary>Looks at every process.</summary>
    /// <param name="fileSystem">The system.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public static MappedFiles Read(IFileSystem fileSystem, CancellationToken cancellationToken)
    {
        var files = new MappedFiles();
        try
        {
            using IFolder processes = fileSystem.OpenFolder("/proc");
            var names = new NameList();
            processes.ReadNames(names);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
            for (int i = 0; i < names.Count && !cancellationToken.IsCancellationRequested; i++)
            {
                if (!names[i].ContainsAnyExceptInRange((byte)'0', (byte)'9')) ReadProcess(processes, names[i].ToArray(), buffer, files);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }
        catch (PlatformException)
        {
            // No /proc here: nothing is known.
        }

        return files;
    }

    /// <summary>Takes the files from whole lines.</summary>
    public static void Parse(ReadOnlySpan<byte> lines, MappedFiles files)
    {
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? default : lines[(end + 1)..];
            ParseLine(line, files);
        }
    }

    private static void ReadProcess(IFolder processes, byte[] id, byte[] buffer, MappedFiles files)
    {
        try
        {
            using IFolder process = processes.OpenFolder(id);
            using IReadableFile maps = process.OpenFile("maps"u8.ToArray());
            int kept = 0;
            long offset = 0;
            while (true)
            {
                int count = maps.Read(buffer.AsSpan(kept), offset);
                offset += count;
                int filled = kept + count;
                int whole = count == 0 ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
                Parse(buffer.AsSpan(0, whole), files);
                if (count == 0) return;

                // No line is as long as the buffer: a path has 4096 bytes, each at most four characters.
                buffer.AsSpan(whole, filled - whole).CopyTo(buffer);
                kept = filled - whole;
            }
        }
        catch (PlatformException)
        {
            // It has ended, or belongs to another account.
        }
    }

    // 7f2c-7f2d rw-s 00000000 08:01 1234       /path
    private static void ParseLine(ReadOnlySpan<byte> line, MappedFiles files)
    {
        NextField(ref line);
        ReadOnlySpan<byte> rights = NextField(ref line);
        if (rights.Length < 4 || rights[1] != (byte)'w' || rights[3] != (byte)'s') return;
        NextField(ref line);
        ReadOnlySpan<byte> device = NextField(ref line);
        ReadOnlySpan<byte> inode = NextField(ref line);
        int colon = device.IndexOf((byte)':');
        if (colon < 0
            || !Utf8Parser.TryParse(device[..colon], out uint major, out _, 'x')
            || !Utf8Parser.TryParse(device[(colon + 1)..], out uint minor, out _, 'x')
            || !Utf8Parser.TryParse(inode, out ulong number, out _) || number == 0) return;
        ReadOnlySpan<byte> path = line.TrimStart((byte)' ');
        files.Add(((ulong)major << 32) | minor, number, path[(path.LastIndexOf((byte)'/') + 1)..]);
    }

    private static ReadOnlySpan<byte> NextField(ref ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return field;
    }
}
