using System.Globalization;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Lists what a snapshot holds.</summary>
internal sealed class ItemListing(OperationContext context)
{
    public async IAsyncEnumerable<BackupItem> RunAsync(ItemQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, query.Repository, query.Secret, query.SnapshotId, null, null, cancellationToken);
        bool everything = query.Path.Count == 0 && query.LiteralPath.Count == 0;

        // Without a path, the sources are meant: the folders above them are only the way.
        IReadOnlyList<string> literal = everything ? [.. snapshot.State.Record.Source.Select(PathText.Unescape)] : query.LiteralPath;
        var selection = new ItemSelection(query.Path, literal, context.FileSystem.IgnoresCase);
        var items = new SnapshotItems(snapshot.Trees);
        await foreach (TreeItem item in items.EnumerateAsync(snapshot.Root, selection, query.Recurse, onDamage: null, cancellationToken))
        {
            if (item.Selected) yield return ToModel(item, snapshot);
        }

        if (everything) yield break;
        if (selection.PatternsMatchedNothing)
        {
            throw new BackupException(BackupError.ItemNotFound, $"Nothing in the snapshot {snapshot.State.Record.Id} matches {string.Join(", ", query.Path.Select(PathText.ToDisplay))}.", query.Path[0]);
        }

        foreach (string missing in selection.Missing)
        {
            throw new BackupException(BackupError.ItemNotFound, $"'{PathText.ToDisplay(missing)}' is not in the snapshot {snapshot.State.Record.Id}.", missing);
        }
    }

    private static BackupItem ToModel(in TreeItem item, SnapshotReading snapshot)
    {
        TreeEntry entry = item.Entry;
        return new BackupItem
        {
            SnapshotId = snapshot.State.Record.Id,
            Repository = snapshot.Reference,
            Path = item.Path,
            Name = PathText.FromBytes(entry.Name),
            Type = entry.Kind.ToString(),
            Size = entry.Size,
            Modified = entry.Modified.ToDateTime(),
            Mode = entry.WindowsAttributes != 0 ? ((FileAttributes)entry.WindowsAttributes).ToString() : ModeText(entry.Mode),
            Owner = entry.UserName.Length > 0 ? entry.UserName : entry.UserId.ToString(CultureInfo.InvariantCulture),
            Group = entry.GroupName.Length > 0 ? entry.GroupName : entry.GroupId.ToString(CultureInfo.InvariantCulture),
            LinkTarget = PathText.FromBytes(entry.LinkTarget),
            HardLinked = entry.IsHardLinked,
        };
    }

    // As ls shows it: s and t stand where x would, in capitals where there is no x below.
    private static string ModeText(uint mode)
    {
        Span<char> text = stackalloc char[9];
        for (int i = 0; i < 9; i++) text[i] = (mode & (0x100u >> i)) != 0 ? "rwxrwxrwx"[i] : '-';
        if ((mode & 0x800) != 0) text[2] = text[2] == 'x' ? 's' : 'S';
        if ((mode & 0x400) != 0) text[5] = text[5] == 'x' ? 's' : 'S';
        if ((mode & 0x200) != 0) text[8] = text[8] == 'x' ? 't' : 'T';
        return new string(text);
    }
}
