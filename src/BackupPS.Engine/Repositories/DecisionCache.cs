using System.Buffers.Binary;
using BackupPS.Engine.Index;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Decisions of pruners that this machine has read before, in one file beside the runs of the index: a decision never changes and stays for ever, so that it need be
/// fetched only once. What is kept is the object as it is stored, whose seal proves the repository, the name and every bit: what does not open is fetched anew. The
/// file may be deleted at any time, or be an older one: only what the repository lists is asked for.
/// </summary>
/// <param name="cache">Where the file is.</param>
internal sealed class DecisionCache(IndexCache cache)
{
    // Of each decision: id (16 bytes), length (4), and the object.
    private const string FileName = "decisions-1";
    private const int IdLength = RepositoryLayout.IdLength / 2, HeaderLength = IdLength + sizeof(int);

    // It is read as one. So much names the packs of 8 TB; what is beyond is fetched each time.
    private const int MaximumLength = 16 * 1024 * 1024;

    private readonly SortedDictionary<string, ReadOnlyMemory<byte>> asked = new(StringComparer.Ordinal);
    private Dictionary<string, ReadOnlyMemory<byte>>? kept;
    private int length;
    private bool hasNew;

    /// <summary>The object of a decision; empty: it is not known, or is of another length than the one that is listed.</summary>
    public ReadOnlyMemory<byte> Find(string id, long storedLength)
    {
        kept ??= Read();
        return (asked.TryGetValue(id, out ReadOnlyMemory<byte> bytes) || kept.TryGetValue(id, out bytes)) && bytes.Length == storedLength ? bytes : default;
    }

    /// <summary>Keeps the object of a decision, which has been opened.</summary>
    /// <param name="id">The id of the retirement.</param>
    /// <param name="bytes">The object.</param>
    /// <param name="isNew">Whether it had to be fetched.</param>
    public void Keep(string id, ReadOnlyMemory<byte> bytes, bool isNew)
    {
        if (!cache.Keeps || bytes.Length > MaximumLength - HeaderLength - length || !asked.TryAdd(id, bytes)) return;
        length += HeaderLength + bytes.Length;
        hasNew |= isNew;
    }

    /// <summary>Writes the file anew where something is kept that is not in it.</summary>
    public void Save()
    {
        if (!hasNew) return;
        cache.TryReplace(FileName, file =>
        {
            Span<byte> header = stackalloc byte[HeaderLength];
            foreach ((string id, ReadOnlyMemory<byte> bytes) in asked)
            {
                Convert.FromHexString(id, header, out _, out _);
                BinaryPrimitives.WriteInt32LittleEndian(header[IdLength..], bytes.Length);
                file.Write(header);
                file.Write(bytes.Span);
            }
        });
        hasNew = false;
    }

    // Up to where it makes sense.
    private Dictionary<string, ReadOnlyMemory<byte>> Read()
    {
        var read = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        ReadOnlyMemory<byte> rest = cache.TryRead(FileName, MaximumLength);
        while (rest.Length >= HeaderLength)
        {
            int count = BinaryPrimitives.ReadInt32LittleEndian(rest.Span[IdLength..]);
            if (count < 0 || count > rest.Length - HeaderLength) break;
            read[Convert.ToHexStringLower(rest.Span[..IdLength])] = rest.Slice(HeaderLength, count);
            rest = rest[(HeaderLength + count)..];
        }

        return read;
    }
}
