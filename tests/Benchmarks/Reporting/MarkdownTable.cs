using System.Text;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>Writes one table: the first column is text, the others are numbers and stand to the right.</summary>
internal sealed class MarkdownTable
{
    private readonly StringBuilder text = new();
    private readonly int columns;

    public MarkdownTable(params IReadOnlyList<string> heads)
    {
        columns = heads.Count;
        Add(heads);
        Add([.. heads.Select(static (_, i) => i == 0 ? "---" : "---:")]);
    }

    public void Add(params IReadOnlyList<string> cells)
    {
        if (cells.Count != columns) throw new ArgumentException($"A row of {cells.Count} cells in a table of {columns} columns.", nameof(cells));
        text.Append("| ").AppendJoin(" | ", cells.Select(static c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    public override string ToString() => text.ToString();
}
