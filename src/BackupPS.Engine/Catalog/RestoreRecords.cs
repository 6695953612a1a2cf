using System.Globalization;
using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// Where restores in place are under way, one small file each below <c>restores/</c>: so that the next command finds what an interrupted one has
/// left. The journal itself lies beside what is restored; losing these files loses only the shortest way to it.
/// </summary>
internal sealed class RestoreRecords(HomeFolder home)
{
    private const string Folder = "restores", Extension = ".json";

    /// <summary>Writes a record, durably.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/>.</exception>
    public void Write(RestoreRecord record)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            json.WriteString("runId", record.RunId);
            json.WriteString("destination", PathText.Escape(record.Destination));
            json.WriteString("proof", record.Proof);
            json.WriteStartArray("holders");
            foreach (RestoreHolder holder in record.Holders) json.WriteStringValue($"{holder.Seconds} {holder.Nanoseconds} {PathText.Escape(holder.Path)}");
            json.WriteEndArray();
            json.WriteEndObject();
        }

        home.Replace(Folder, record.RunId + Extension, content.ToArray());
    }

    /// <summary>Whether there may be records: <see langword="false"/> where nothing was ever restored in place.</summary>
    public bool MayHaveSome => Directory.Exists(home.PathOf(Folder));

    /// <summary>All records that can be read; none where the home folder cannot.</summary>
    public IReadOnlyList<RestoreRecord> List()
    {
        if (!MayHaveSome) return [];
        var records = new List<RestoreRecord>();
        try
        {
            foreach (string file in Directory.EnumerateFiles(home.PathOf(Folder), "*" + Extension))
            {
                if (TryRead(file) is { } record) records.Add(record);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The work folders are found where they lie.
        }

        return records;
    }

    /// <summary>Removes a record; absence is no error.</summary>
    public void Remove(string runId)
    {
        try
        {
            File.Delete(Path.Combine(home.PathOf(Folder), runId + Extension));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It names folders that have no work folder any more: the next command passes over it, and tries again.
        }
    }

    private static RestoreRecord? TryRead(string file)
    {
        try
        {
            return JsonFields.Read(File.ReadAllBytes(file), static fields => new RestoreRecord(fields.Text("runId"), PathText.Unescape(fields.Text("destination")), fields.Text("proof"), [.. fields.Texts("holders").Select(ReadHolder)]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            return null;
        }
    }

    private static RestoreHolder ReadHolder(string text)
    {
        string[] parts = text.Split(' ', 3);
        if (parts.Length != 3) throw new FormatException("A folder has no time.");
        return new RestoreHolder(PathText.Unescape(parts[2]), long.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
