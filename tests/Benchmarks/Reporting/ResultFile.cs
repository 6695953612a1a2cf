using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>Raw results as JSON, one record to a line. Results that are measured again replace the earlier ones.</summary>
internal sealed class ResultFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public List<RunInfo> Runs { get; init; } = [];

    public List<DataSetSize> DataSets { get; init; } = [];

    public List<Sample> Samples { get; init; } = [];

    public List<KernelFigure> Kernels { get; init; } = [];

    public static ResultFile Load(string path) =>
        File.Exists(path) ? JsonSerializer.Deserialize<ResultFile>(File.ReadAllText(path), Json) ?? new ResultFile() : new ResultFile();

    /// <summary>Adds a run.</summary>
    /// <returns>Its number, for its samples.</returns>
    public int Begin(RunInfo run)
    {
        Runs.Add(run);
        return Runs.Count - 1;
    }

    /// <summary>Sets the size of a data set.</summary>
    public void Set(DataSetSize size)
    {
        DataSets.RemoveAll(d => d.Name == size.Name);
        DataSets.Add(size);
    }

    /// <summary>Adds a sample in the place of earlier runs' samples of the same.</summary>
    public void Add(Sample sample)
    {
        Samples.RemoveAll(s => s.Run != sample.Run && s.DataSet == sample.DataSet && s.Operation == sample.Operation && s.Peer == sample.Peer);
        Samples.Add(sample);
    }

    /// <summary>Sets the figure of a kernel.</summary>
    public void Set(KernelFigure figure)
    {
        Kernels.RemoveAll(k => k.Kernel == figure.Kernel);
        Kernels.Add(figure);
    }

    /// <summary>Takes over everything of another file; what it measured replaces what is here.</summary>
    public void Merge(ResultFile other)
    {
        int first = Runs.Count;
        Runs.AddRange(other.Runs);
        foreach (DataSetSize size in other.DataSets) Set(size);
        foreach (Sample sample in other.Samples) Add(sample with { Run = sample.Run + first });
        foreach (KernelFigure figure in other.Kernels) Set(figure with { Run = figure.Run + first });
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Save(string path)
    {
        var text = new StringBuilder("{\n");
        Append(text, "runs", Runs, last: false);
        Append(text, "dataSets", DataSets, last: false);
        Append(text, "samples", Samples, last: false);
        Append(text, "kernels", Kernels, last: true);
        text.Append("}\n");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string partial = path + ".partial";
        File.WriteAllText(partial, text.ToString());
        File.Move(partial, path, overwrite: true);
    }

    private static void Append<T>(StringBuilder text, string name, List<T> records, bool last)
    {
        text.Append('"').Append(name).Append("\": [\n");
        text.AppendJoin(",\n", records.Select(static r => JsonSerializer.Serialize(r, Json)));
        text.Append(last ? "\n]\n" : "\n],\n");
    }
}
