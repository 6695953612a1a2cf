namespace BackupPS.Benchmarks.Reporting;

/// <summary>How large a data set is.</summary>
/// <param name="Name">As options name it.</param>
/// <param name="Title">What it is.</param>
/// <param name="Files">Everything that is no folder.</param>
/// <param name="Folders">Without the outermost.</param>
/// <param name="Bytes">Sum of the sizes of the files.</param>
internal sealed record DataSetSize(string Name, string Title, long Files, long Folders, long Bytes)
{
    public static DataSetSize Measure(string name, string title, string folder)
    {
        long files = 0, folders = 0, bytes = 0;
        foreach ((_, bool isFolder, _, long length) in TreeWalk.Items(folder))
        {
            if (isFolder) folders++;
            else files++;
            bytes += length;
        }

        return new DataSetSize(name, title, files, folders, bytes);
    }
}
