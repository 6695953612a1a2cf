using System.Text;
using System.Text.Json;

namespace BackupPS.Engine.Policies;

/// <summary>The text of a file of policies: says where something stands in it, in lines and columns from 1, as editors count them.</summary>
internal sealed class PolicyFileText(string path, byte[] content)
{
    /// <summary>What the file is called.</summary>
    public string Path => path;

    /// <summary>The file, line and column of a byte.</summary>
    public string Place(long offset)
    {
        ReadOnlySpan<byte> before = content.AsSpan(0, (int)offset);
        int line = before.Count((byte)'\n') + 1;
        return Place(line, Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1);
    }

    /// <summary>The error for what stands at a byte.</summary>
    public BackupException Invalid(long offset, string what) => new(BackupError.PolicyFileInvalid, $"{Place(offset)}: {what}", path);

    /// <summary>The error for what is no JSON.</summary>
    public BackupException Invalid(JsonException e)
    {
        // The reader adds its own place, from 0.
        string what = e.Message.Split(" LineNumber:")[0].Trim();
        string place = Place((int)(e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1);
        return new BackupException(BackupError.PolicyFileInvalid, $"{place}: It is not JSON. {what}", path, e);
    }

    private string Place(int line, int column) => FormattableString.Invariant($"{PathText.ToDisplay(path)}({line},{column})");
}
