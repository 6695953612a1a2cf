namespace BackupPS.Engine;

/// <summary>Something that went wrong with one item while the rest of the run goes on.</summary>
/// <param name="Error">A row of the table of errors.</param>
/// <param name="Path">The item: an absolute path of the source or target, or the name of an object.</param>
/// <param name="Reason">Why, in the words of the operating system where there are any.</param>
public sealed record BackupFault(BackupError Error, string Path, string Reason)
{
    /// <summary><c>ErrorId: path: reason</c>, with bytes that are not UTF-8 shown as <c>\xNN</c>.</summary>
    public override string ToString() => $"{Error.Id}: {PathText.ToDisplay(Path)}: {Reason}";
}
