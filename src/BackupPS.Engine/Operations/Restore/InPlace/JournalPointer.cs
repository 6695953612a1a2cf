using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>A file in every work folder but the first: in which folder the one with the journal lies. What is kept beside it must not be taken for rubbish.</summary>
internal static class JournalPointer
{
    // A path of Linux ends at 4096 bytes; escaped, four for each.
    private const int MostLength = 16 * 1024;

    public static byte[] FileName => "journal-elsewhere"u8.ToArray();

    /// <summary>Writes it. It is durable with all else in the work folder, before anything is kept there.</summary>
    public static void Write(IFolder folder, string holder)
    {
        byte[] name;
        using (IWritableFile file = folder.CreateTemporaryFile())
        {
            file.Write(Encoding.UTF8.GetBytes(PathText.Escape(holder)), 0);
            name = file.Name;
        }

        folder.Rename(name, FileName, replace: false);
    }

    /// <summary>Absolute path of the folder that holds the work folder with the journal; <see langword="null"/>: this is that one, or none.</summary>
    public static string? TryRead(IFolder folder)
    {
        if (!folder.TryGetInfo(FileName, out _)) return null;
        using IReadableFile file = folder.OpenFile(FileName);
        byte[] text = new byte[MostLength];
        int length = 0;
        for (int read; length < text.Length && (read = file.Read(text.AsSpan(length), length)) > 0;) length += read;
        try
        {
            return PathText.Unescape(Encoding.UTF8.GetString(text, 0, length));
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
