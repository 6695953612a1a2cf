using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>A snapshot in terms that belong to no reader.</summary>
internal sealed record ListedSnapshot
{
    public required string Id { get; init; }

    public required DateTime Time { get; init; }

    public required string Type { get; init; }

    public required string Status { get; init; }

    public required string PolicyName { get; init; }

    public required string HostName { get; init; }

    public required string ParentId { get; init; }

    public required string PredecessorId { get; init; }

    public required long Sequence { get; init; }

    /// <summary>Paths as bytes.</summary>
    public required IReadOnlyList<byte[]> Source { get; init; }

    public required IReadOnlyList<string> Tag { get; init; }

    public required bool Hold { get; init; }

    public required IReadOnlyList<ListedItem> Items { get; init; }

    /// <summary>The lines of this snapshot and its items.</summary>
    public IEnumerable<string> ToLines() =>
    [
        string.Join('\t', "snapshot", Id, Time.ToString("O", CultureInfo.InvariantCulture), Type, Status, PolicyName, HostName, ParentId, PredecessorId, Sequence,
            string.Join(' ', Source.Select(ListedItem.Readable)), string.Join(' ', Tag.Select(static t => ListedItem.Readable(Encoding.UTF8.GetBytes(t)))), Hold ? "held" : ""),
        .. Items.GroupBy(static i => Convert.ToHexString(i.Path.AsSpan(0, i.Path.AsSpan().LastIndexOf((byte)'/')))).SelectMany(Fold),
    ];

    // The items of a large folder are one line.
    private static IEnumerable<string> Fold(IGrouping<string, ListedItem> folder)
    {
        string[] lines = [.. folder.Select(static i => i.ToString())];
        if (lines.Length < 200) return lines;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        return [string.Join('\t', "items", ListedItem.Readable(Convert.FromHexString(folder.Key)), lines.Length, hash)];
    }
}
