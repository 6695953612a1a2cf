using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace BackupPS.Engine.Platform;

/// <summary>
/// The names of a folder's items in one array, each followed by NUL: a folder of a million names costs no million objects. To be used again
/// after <see cref="Clear"/>. One thread at a time.
/// </summary>
internal sealed class NameList
{
    // Fewer names than this are sorted faster by insertion.
    private const int FewNames = 12;

    private byte[] bytes = new byte[1024];
    private int[] starts = new int[64];
    private ulong[] keys = [];
    private int length;

    public int Count { get; private set; }

    /// <summary>Bytes of memory that the list holds on to.</summary>
    public int Capacity => bytes.Length + (starts.Length * sizeof(int)) + (keys.Length * sizeof(ulong));

    /// <summary>All names and their NULs; <see cref="StartOf"/> says where each begins.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    /// <summary>A name, without its NUL.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(starts[index], length - starts[index]);
            return rest[..rest.IndexOf((byte)0)];
        }
    }

    public int StartOf(int index) => starts[index];

    public void Clear()
    {
        Count = 0;
        length = 0;
    }

    /// <summary>Adds a name.</summary>
    /// <exception cref="ArgumentException">It has NUL in it.</exception>
    public void Add(ReadOnlySpan<byte> name)
    {
        if (name.Contains((byte)0)) throw new ArgumentException("A name cannot have NUL in it.", nameof(name));
        if (bytes.Length - length <= name.Length) Array.Resize(ref bytes, checked(Math.Max(bytes.Length * 2, length + name.Length + 1)));
        if (Count == starts.Length) Array.Resize(ref starts, checked(starts.Length * 2));
        starts[Count++] = length;
        name.CopyTo(bytes.AsSpan(length));
        length += name.Length;
        bytes[length++] = 0;
    }

    /// <summary>Whether a name is there. The list must be sorted.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => IndexOf(name) >= 0;

    /// <summary>The number of a name; negative when it is not there. The list must be sorted.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = this[middle].SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }

    /// <summary>Sorts the names by their bytes, as trees do.</summary>
    public void Sort()
    {
        if (keys.Length < Count) keys = new ulong[starts.Length];
        LoadKeys(0, Count, 0);
        Sort(0, Count, 0);
    }

    // Quicksort of strings eight bytes at a time (Bentley and Sedgewick's, with words for characters): the names of a folder mostly begin alike, and
    // comparing words that lie side by side is what a million of them need.
    private void Sort(int low, int high, int depth)
    {
        while (high - low > FewNames)
        {
            ulong pivot = ChoosePivot(low, high);
            int less = low, at = low, greater = high;
            while (at < greater)
            {
                if (keys[at] < pivot) Swap(less++, at++);
                else if (keys[at] > pivot) Swap(at, --greater);
                else at++;
            }

            // A key that ends with NUL ends the name: what is equal so far is equal.
            if (greater - less > 1 && (byte)pivot != 0)
            {
                LoadKeys(less, greater, depth + sizeof(ulong));
                Sort(less, greater, depth + sizeof(ulong));
            }

            // The smaller part by recursion, so that the stack stays flat.
            if (less - low < high - greater)
            {
                Sort(low, less, depth);
                low = greater;
            }
            else
            {
                Sort(greater, high, depth);
                high = less;
            }
        }

        for (int i = low + 1; i < high; i++)
        {
            for (int j = i; j > low && IsLess(j, j - 1, depth); j--) Swap(j, j - 1);
        }
    }

    // The middle of three at places that the names cannot choose.
    private ulong ChoosePivot(int low, int high)
    {
        uint count = (uint)(high - low);
        uint mixed = count * 2654435761u;
        ulong a = keys[low + (int)(mixed % count)], b = keys[low + (int)((mixed >> 7) % count)], c = keys[low + (int)(count / 2)];
        return Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
    }

    private void LoadKeys(int low, int high, int depth)
    {
        for (int i = low; i < high; i++)
        {
            int start = starts[i] + depth;
            if (length - start >= sizeof(ulong))
            {
                ulong key = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(start));

                // What is behind the NUL belongs to the next name: everything from the first zero byte on is cleared.
                ulong zeros = (key - 0x0101010101010101) & ~key & 0x8080808080808080;
                keys[i] = zeros == 0 ? key : ClearFromFirstZero(key);
            }
            else
            {
                ulong key = 0;
                for (int j = 0; j < sizeof(ulong) && start + j < length && bytes[start + j] != 0; j++) key |= (ulong)bytes[start + j] << (56 - (j * 8));
                keys[i] = key;
            }
        }
    }

    private static ulong ClearFromFirstZero(ulong key)
    {
        for (int shift = 56; shift >= 0; shift -= 8)
        {
            if ((byte)(key >> shift) == 0) return shift == 56 ? 0 : key & (ulong.MaxValue << (shift + 8));
        }

        return key;
    }

    private bool IsLess(int left, int right, int depth)
    {
        if (keys[left] != keys[right]) return keys[left] < keys[right];
        if ((byte)keys[left] == 0) return false;
        int skip = depth + sizeof(ulong);
        return Rest(left, skip).SequenceCompareTo(Rest(right, skip)) < 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Rest(int index, int skip) => this[index][skip..];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Swap(int left, int right)
    {
        (keys[left], keys[right]) = (keys[right], keys[left]);
        (starts[left], starts[right]) = (starts[right], starts[left]);
    }
}
