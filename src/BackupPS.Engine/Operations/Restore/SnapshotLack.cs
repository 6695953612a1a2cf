using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Whether a snapshot that is not Complete lacks something of what is restored. The snapshot does not say what it lacks; the host that made it remembers.
/// </summary>
internal static class SnapshotLack
{
    public static bool Concerns(OperationContext context, SnapshotRecord record, RestoreRequest request)
    {
        if (record.Status == "Complete") return false;
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        if (selection.IsEverything || FindFaults(context, record) is not { } faults) return true;
        return faults.Any(f => MayBeWanted(selection, f));
    }

    // null: they are not known, or not all of them.
    private static List<string>? FindFaults(OperationContext context, SnapshotRecord record)
    {
        try
        {
            BackupRun? run = context.Catalog.Runs.List(status: record.Status).FirstOrDefault(r => r.SnapshotId == record.Id && r.Operation == "Backup");
            if (run is null) return null;
            var told = new EventQuery { RunId = run.RunId, Kind = [BackupEventKind.Fault] };
            List<string> paths = [.. context.Catalog.Events.List(told).Select(static e => e.Path)];
            return paths.Count == record.FaultCount && paths.TrueForAll(static p => p.StartsWith(SourcePath.Root, StringComparison.Ordinal)) ? paths : null;
        }
        catch (BackupException)
        {
            return null;
        }
    }

    // Itself, with a folder above it, or something that would have been below it.
    private static bool MayBeWanted(ItemSelection selection, string path)
    {
        if (selection.MayIncludeBelow(path)) return true;
        string[] names = SourcePath.Split(path);
        for (int i = names.Length; i > 0; i--)
        {
            if (selection.Includes(SourcePath.Combine(names[..i]), isFolder: i < names.Length)) return true;
        }

        return false;
    }
}
