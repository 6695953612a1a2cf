using System.Text;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The items that one restore has opened up: an entry for each before its mode changes, and one when it is closed. It outlives the process, and nobody else
/// can open it while that lives.
/// </summary>
internal sealed class OpenedRecord : IDisposable
{
    private const char OpenedSign = '+', ClosedSign = '-';

    // Names may have any character but this.
    private const char End = '\0';

    private readonly string path;
    private readonly FileStream file;

    internal OpenedRecord(string path, FileStream file)
    {
        this.path = path;
        this.file = file;
    }

    public void AddOpened(OpenedItem item) => Append(OpenedSign, item);

    public void AddClosed(OpenedItem item) => Append(ClosedSign, item);

    /// <summary>Those that were opened and not closed, in the order in which they were opened.</summary>
    public IReadOnlyList<OpenedItem> Read()
    {
        var left = new List<OpenedItem>();
        byte[] bytes = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(bytes);

        // What comes after the last end was not written whole: nothing was opened for it yet.
        foreach (string entry in Encoding.UTF8.GetString(bytes).Split(End)[..^1])
        {
            try
            {
                OpenedItem item = OpenedItem.Parse(entry[1..]);
                if (entry[0] == OpenedSign) left.Add(item);
                else left.Remove(item);
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
            {
                // Nothing of ours.
            }
        }

        return left;
    }

    /// <summary>All are closed.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What it says is closed by then.
        }
    }

    public void Dispose() => file.Dispose();

    private void Append(char sign, OpenedItem item)
    {
        file.Position = file.Length;
        file.Write(Encoding.UTF8.GetBytes($"{sign}{item.ToText()}{End}"));
        file.Flush();
    }
}
