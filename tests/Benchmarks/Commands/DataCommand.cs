using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Commands;

/// <summary>Makes data sets, so that a comparison finds them.</summary>
internal static class DataCommand
{
    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, [.. DataOptions.Names, "sets"]);
        DataFolder data = DataOptions.Read(options);
        foreach (string name in options.Choice("sets", DataSetList.Names))
        {
            IDataSet dataSet = DataSetList.Find(name);
            DataSetSize size = DataSetSize.Measure(dataSet.Name, dataSet.Title, data.Ensure(dataSet));
            Console.WriteLine($"{size.Title}: {size.Files:n0} files in {size.Folders:n0} folders, {size.Bytes:n0} bytes");
        }
    }
}
