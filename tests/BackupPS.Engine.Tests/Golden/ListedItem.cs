using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>An item of a snapshot in terms that belong to no reader, and as a line of a listing.</summary>
internal sealed record ListedItem
{
    /// <summary>Path as bytes, with a slash in front.</summary>
    public required byte[] Path { get; init; }

    public required int Kind { get; init; }

    public required ulong Flags { get; init; }

    public required uint Mode { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    public required string UserName { get; init; }

    public required string GroupName { get; init; }

    public required (long Seconds, int Nanoseconds) Modified { get; init; }

    public required (long Seconds, int Nanoseconds) Changed { get; init; }

    public required ulong Inode { get; init; }

    public required ulong LinkDevice { get; init; }

    public required uint WindowsAttributes { get; init; }

    public long Size { get; init; }

    /// <summary>Files: SHA-256 of the content, holes as zeros.</summary>
    public byte[] ContentHash { get; init; } = [];

    public IReadOnlyList<(long Offset, long Length)>? Ranges { get; init; }

    public byte[] Target { get; init; } = [];

    public (uint Major, uint Minor) Node { get; init; }

    public IReadOnlyList<(byte[] Name, byte[] Value)> Attributes { get; init; } = [];

    public override string ToString() => string.Join('\t',
        "item", Readable(Path), Kind, Flags, Convert.ToString(Mode, 8), $"{UserId}:{GroupId}", Readable(Encoding.UTF8.GetBytes($"{UserName}:{GroupName}")),
        Time(Modified), Time(Changed), Inode, LinkDevice, WindowsAttributes, Size, Convert.ToHexStringLower(ContentHash),
        Ranges is null ? "" : string.Join(' ', Ranges.Select(static r => $"{r.Offset}+{r.Length}")) + ".",
        Readable(Target), $"{Node.Major}:{Node.Minor}",
        string.Join(' ', Attributes.Select(static a => $"{Readable(a.Name)}={(a.Value.Length > 32 ? "sha256:" + Convert.ToHexStringLower(SHA256.HashData(a.Value)) : Convert.ToHexStringLower(a.Value))}")));

    /// <summary>Bytes as text of one line: printable ASCII without percent sign and space as it is, all else as %XX.</summary>
    internal static string Readable(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte b in bytes)
        {
            if (b is > 0x20 and < 0x7F and not (byte)'%') text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return text.ToString();
    }

    private static string Time((long Seconds, int Nanoseconds) time) => string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}+{time.Nanoseconds:d9}");
}
