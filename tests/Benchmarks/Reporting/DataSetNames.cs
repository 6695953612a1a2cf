namespace BackupPS.Benchmarks.Reporting;

/// <summary>Data sets as options and results name them, in the order of the tables.</summary>
internal static class DataSetNames
{
    public const string Tree = "tree", Image = "image", Database = "database", Compressed = "compressed", Tiny80K = "tiny80k", Tiny = "tiny", Sparse = "sparse";

    /// <summary>A small source, and a repository whose index is large.</summary>
    public const string Index = "index";

    /// <summary>Stands for a data set where a session is timed.</summary>
    public const string Prompt = "prompt";

    public static IReadOnlyList<string> InOrder { get; } = [Tree, Image, Database, Compressed, Tiny80K, Tiny, Sparse, Index];
}
