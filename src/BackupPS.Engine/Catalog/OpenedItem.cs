using System.Globalization;

namespace BackupPS.Engine.Catalog;

/// <summary>An item of a target that has another mode for the time of a restore, because its own keeps out who restores.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Device">The file system that it is on.</param>
/// <param name="Inode">Its number there.</param>
/// <param name="Mode">Its own mode.</param>
/// <param name="Opened">The mode that it has for the time.</param>
internal sealed record OpenedItem(string Path, ulong Device, ulong Inode, uint Mode, uint Opened)
{
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Device} {Inode} {Mode} {Opened} {PathText.Escape(Path)}");

    /// <exception cref="FormatException">The text is not that of one.</exception>
    public static OpenedItem Parse(string text)
    {
        string[] parts = text.Split(' ', 5);
        if (parts.Length != 5) throw new FormatException("A part is missing.");
        return new OpenedItem(PathText.Unescape(parts[4]), ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture), uint.Parse(parts[2], CultureInfo.InvariantCulture), uint.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}
