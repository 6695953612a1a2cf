using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>This part reads many items at once.</summary>
internal sealed partial class LinuxFolder
{
    /// <inheritdoc/>
    public void ReadNames(NameList names)
    {
        ArgumentNullException.ThrowIfNull(names);
        names.Clear();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ListingBuffer);
        try
        {
            // From the start, also when it was listed before; and btrfs shows nothing that was made after the folder was opened, unless it is told to
            // begin anew.
            if (Libc.LSeek(handle, 0, Libc.SeekSet) < 0) throw LinuxError.Create(LinuxError.Last);
            while (true)
            {
                nint length = Libc.GetDents64(SystemCall.GetDents64, handle, buffer, ListingBuffer);
                if (length == 0) return;
                if (length > 0) AddNames(buffer.AsSpan(0, (int)length), names);
                else LinuxError.ThrowUnlessInterrupted();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // One call for each item of the source: the descriptor is taken once, the names are where the call wants them, and nothing is allocated.
    /// <inheritdoc/>
    [SkipLocalsInit]
    public unsafe void GetInfos(NameList names, int first, Span<ItemInfo> infos, Action<int, PlatformException> onFailure)
    {
        bool taken = false;
        try
        {
            handle.DangerousAddRef(ref taken);
            StatxResult result;
            nint statx = SystemCall.Statx;
            int descriptor = handle.Number;
            fixed (byte* bytes = names.Bytes)
            {
                for (int i = 0; i < infos.Length; i++)
                {
                    byte* name = bytes + names.StartOf(first + i);
                    int errno = 0;
                    do errno = Libc.Statx(statx, descriptor, name, DescriptorCalls.StatxFlags, (nint)Libc.StatxWanted, &result) == 0
                        ? 0
                        : Marshal.GetLastSystemError();
                    while (errno == Errno.Interrupted);
                    if (errno != 0 || !result.TryGetItemInfo(out infos[i])) onFailure(first + i, errno != 0 ? LinuxError.Create(errno) : result.UnknownType());
                }
            }
        }
        finally
        {
            if (taken) handle.DangerousRelease();
        }
    }

    private static void AddNames(ReadOnlySpan<byte> records, NameList names)
    {
        while (TryReadName(ref records, out ReadOnlySpan<byte> name)) names.Add(name);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadName(ref ReadOnlySpan<byte> records, out ReadOnlySpan<byte> name)
    {
        while (!records.IsEmpty)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[RecordLengthOffset..]);
            name = records[RecordNameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            records = records[length..];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) return true;
        }

        name = default;
        return false;
    }
}
