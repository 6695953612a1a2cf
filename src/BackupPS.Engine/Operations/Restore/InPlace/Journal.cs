using System.Buffers.Binary;
using System.Numerics;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// The journal of a restore in place: a file of records in its first work folder, locked while a process works with it. A record is its length
/// (4 bytes, little-endian), the CRC-32C of its bytes (4 bytes), and the bytes, of which the first says what it is. It ends before the first
/// record that is not whole. Only its owner can read it.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int PrefixLength = 8;

    // One write for some hundred steps; what is not written yet is not needed before the next Sync.
    private const int BufferLength = 64 * 1024;

    // A step has at most the attributes of one item twice, and two paths.
    private const int MostLength = 64 * 1024 * 1024;

    // Half a second in all.
    private const int LockAttempts = 25;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);

    private readonly IFolder folder;
    private readonly IWritableFile file;
    private readonly Lock gate = new();
    private readonly ByteWriter buffer = new();
    private long length;
    private bool failed;

    private Journal(IFolder folder, IWritableFile file, long length)
    {
        this.folder = folder;
        this.file = file;
        this.length = length;
    }

    public static byte[] FileName => "journal"u8.ToArray();

    /// <summary>Makes a journal that is durable, with its first record.</summary>
    public static Journal Create(IFolder folder, Action<ByteWriter> first)
    {
        IWritableFile file = folder.CreateTemporaryFile();
        var journal = new Journal(folder, file, 0);
        try
        {
            file.TryLock();
            journal.Append(first);
            journal.Sync();
            folder.Rename(file.Name, FileName, replace: false);
            if (!folder.TrySync()) folder.SyncFileSystem();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Opens a journal that was left, to read it and to go on writing; <see langword="null"/>: a process works with it.</summary>
    /// <exception cref="PlatformException"><see cref="PlatformFailure.NotFound"/>: there is none.</exception>
    public static Journal? TryOpen(IFolder folder)
    {
        IWritableFile file = folder.OpenForWriting(FileName);
        bool opened = false;
        try
        {
            if (!TryLock(file)) return null;
            var journal = new Journal(folder, file, 0);
            foreach (byte[] record in journal.Read()) journal.length += PrefixLength + record.Length;

            // What a crash has torn must not be taken for a part of what is appended now.
            file.SetLength(journal.length);
            opened = true;
            return journal;
        }
        finally
        {
            if (!opened) file.Dispose();
        }
    }

    /// <summary>
    /// The first record, also while a process works with the journal; <see langword="null"/>: there is no journal, or no record that is whole.
    /// </summary>
    public static byte[]? ReadFirst(IFolder folder)
    {
        if (!folder.TryGetInfo(FileName, out _)) return null;
        using IReadableFile reading = folder.OpenFile(FileName);
        return TryRead(reading, 0, reading.GetInfo().Size);
    }

    /// <summary>Appends a record. It is durable after the next <see cref="Sync"/>. Any thread.</summary>
    public void Append(Action<ByteWriter> write)
    {
        lock (gate)
        {
            ThrowIfFailed();
            int start = buffer.Length;
            buffer.Skip(PrefixLength);
            write(buffer);
            Span<byte> record = buffer.WrittenMemory.Span[start..];
            BinaryPrimitives.WriteInt32LittleEndian(record, record.Length - PrefixLength);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Checksum(record[PrefixLength..]));
            if (buffer.Length >= BufferLength) Flush();
        }
    }

    /// <summary>Makes all that was appended durable.</summary>
    public void Sync()
    {
        lock (gate)
        {
            ThrowIfFailed();
            Flush();
            failed = true;
            file.Sync();
            failed = false;
        }
    }

    /// <summary>The records that are written and whole, from the first.</summary>
    public IEnumerable<byte[]> Read()
    {
        using IReadableFile reading = folder.OpenFile(FileName);
        long end = reading.GetInfo().Size;
        long position = 0;
        while (TryRead(reading, position, end) is { } record)
        {
            yield return record;
            position += PrefixLength + record.Length;
        }
    }

    /// <summary>The same, from the last.</summary>
    public IEnumerable<byte[]> ReadBackwards()
    {
        var positions = new Stack<long>();
        long position = 0;
        foreach (byte[] record in Read())
        {
            positions.Push(position);
            position += PrefixLength + record.Length;
        }

        using IReadableFile reading = folder.OpenFile(FileName);
        while (positions.TryPop(out long at)) yield return TryRead(reading, at, position) ?? throw new InvalidDataException("The journal changes while it is read.");
    }

    /// <summary>Closes it, and lets another process have it. May be called again.</summary>
    public void Dispose() => file.Dispose();

    // A program that a dead process was just starting has its handles for some milliseconds more.
    private static bool TryLock(IWritableFile file)
    {
        for (int left = LockAttempts; !file.TryLock(); left--)
        {
            if (left == 0) return false;
            Thread.Sleep(LockPause);
        }

        return true;
    }

    // A journal that could not be written must not be continued: what follows would not be found.
    private void Flush()
    {
        failed = true;
        if (buffer.Length > 0) file.Write(buffer.Written, length);
        length += buffer.Length;
        buffer.Clear();
        failed = false;
    }

    private void ThrowIfFailed()
    {
        if (failed) throw new PlatformException(PlatformFailure.Damaged, "The journal could not be written.");
    }

    // null: there is none that is whole.
    private static byte[]? TryRead(IReadableFile file, long position, long end)
    {
        byte[] prefix = new byte[PrefixLength];
        if (!TryFill(file, prefix, position)) return null;
        int size = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (size is <= 0 or > MostLength || size > end - position - PrefixLength) return null;
        byte[] record = new byte[size];
        return TryFill(file, record, position + PrefixLength) && Checksum(record) == BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(4)) ? record : null;
    }

    private static bool TryFill(IReadableFile file, byte[] into, long position)
    {
        int total = 0;
        for (int read; total < into.Length && (read = file.Read(into.AsSpan(total), position + total)) > 0;) total += read;
        return total == into.Length;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte b in bytes) sum = BitOperations.Crc32C(sum, b);
        return ~sum;
    }
}
