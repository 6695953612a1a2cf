using System.Globalization;
using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>The files of events in the home folder: <c>runs/&lt;year&gt;-&lt;month&gt;/&lt;run id&gt;.jsonl</c>, by the month of the run's beginning (UTC).</summary>
internal sealed class EventFolder(HomeFolder home)
{
    private const string Extension = ".jsonl";

    // Sorts as text.
    private const string MonthFormat = "yyyy-MM";

    private string Root => home.PathOf("runs");

    /// <summary>Creates the file of a run.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">This account may not create it.</exception>
    public EventFile Create(string runId, DateTime started)
    {
        string month = Path.Combine(Root, started.ToString(MonthFormat, CultureInfo.InvariantCulture));
        bool isNew = !Directory.Exists(month);
        if (isNew)
        {
            HomeFolder.CreateFolder(home.FullPath);
            HomeFolder.CreateFolder(Root);
            HomeFolder.CreateFolder(month);
        }

        return EventFile.Create(Path.Combine(month, runId + Extension), isNew);
    }

    /// <summary>The events in the files of runs whose id begins so, in the order of the runs' months and ids; none where there is no such file.</summary>
    /// <param name="beginning">Hexadecimal digits.</param>
    public IEnumerable<BackupEvent> Read(string beginning)
    {
        foreach (string month in Months())
        {
            foreach (string file in Directory.EnumerateFiles(month, beginning + "*" + Extension).Order(StringComparer.Ordinal))
            {
                foreach (BackupEvent item in ReadFile(file)) yield return item;
            }
        }
    }

    /// <summary>Removes the files of the months before this time. What cannot be removed stays.</summary>
    public void RemoveBefore(DateTime time)
    {
        string first = time.ToString(MonthFormat, CultureInfo.InvariantCulture);
        foreach (string month in Months())
        {
            if (string.CompareOrdinal(Path.GetFileName(month), first) >= 0) continue;
            try
            {
                Directory.Delete(month, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Next month again.
            }
        }
    }

    private string[] Months() => !Directory.Exists(Root) ? []
        : [.. Directory.EnumerateDirectories(Root).Where(static f => DateTime.TryParseExact(Path.GetFileName(f), MonthFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)).Order(StringComparer.Ordinal)];

    private static List<BackupEvent> ReadFile(string path)
    {
        var events = new List<BackupEvent>();
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (file.ReadLine() is { } line)
        {
            try
            {
                events.Add(JsonFields.Read(System.Text.Encoding.UTF8.GetBytes(line), EventLine.Read));
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // The end of a line may be missing: the disk was full, or the machine lost its power.
            }
        }

        return events;
    }
}
