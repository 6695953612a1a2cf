using System.Text.Json;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Keeps data sets that were made, each with a stamp that says from what.</summary>
/// <param name="path">Absolute path of the folder.</param>
/// <param name="origin">What they are made from.</param>
internal sealed class DataFolder(string path, DataOrigin origin)
{
    // Counted up when a data set changes, so that an old one is not taken for it.
    private const int Version = 1;

    public DataOrigin Origin => origin;

    /// <summary>Makes a data set unless it is there already.</summary>
    /// <returns>Its folder.</returns>
    public string Ensure(IDataSet dataSet)
    {
        string folder = Path.Combine(path, dataSet.Name);
        string stamp = folder + ".stamp";
        string wanted = JsonSerializer.Serialize(new { Version, origin.Seed, origin.Scale });
        if (File.Exists(stamp) && File.ReadAllText(stamp) == wanted) return folder;
        Remove(dataSet);
        Directory.CreateDirectory(folder);
        Console.WriteLine($"Making data set {dataSet.Name} in {folder}");
        dataSet.Make(folder, origin);
        File.WriteAllText(stamp, wanted);
        return folder;
    }

    /// <summary>Deletes a data set.</summary>
    public void Remove(IDataSet dataSet)
    {
        string folder = Path.Combine(path, dataSet.Name);
        File.Delete(folder + ".stamp");
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
