using System.Globalization;
using System.Text;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Plans in words, with exact counts and bytes, for <c>-WhatIf</c> and <c>-Confirm</c>.</summary>
internal static class PlanText
{
    internal static string Of(BackupPlan plan, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"Back up {what} to {plan.Repository}: {plan.Type}{(plan.ParentId.Length > 0 ? $" on {ViewText.Id(plan.ParentId)}" : "")}, reading {plan.FilesToRead:N0} files, {Bytes(plan.BytesToRead)}; {plan.FilesNew:N0} new, {plan.FilesChanged:N0} changed, {plan.FilesRemoved:N0} removed, {plan.FilesUnchanged:N0} unchanged.");

    internal static string Of(RestorePlan plan) => plan.InPlace ? OfInPlace(plan) : string.Create(
        CultureInfo.InvariantCulture,
        $"Restore snapshot {ViewText.Id(plan.SnapshotId)} of host {ViewText.Path(plan.HostName)} to {ViewText.Path(plan.Destination)}: writing {plan.FilesToRestore:N0} files, {Bytes(plan.BytesToRestore)}, in {plan.DirectoryCount:N0} folders; {plan.FilesToSkip:N0} files are left alone{Different(plan)}.");

    internal static string Of(OptimizePlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"Optimize {ViewText.Path(plan.Repository)}: deleting {plan.PacksRemoved.Length:N0} packs, {Bytes(plan.BytesRemoved)}; writing {plan.PacksRewritten.Length:N0} packs anew, of which {Bytes(plan.BytesKept)} of {Bytes(plan.BytesRewritten)} are needed; {Bytes(plan.BytesUnused)} stay unused{(plan.PendingPacks == 0 ? "" : $"; {plan.PendingPacks:N0} packs of earlier runs wait for backups to end")}. All {plan.SnapshotCount:N0} recovery points stay.");

    private static string OfInPlace(RestorePlan plan)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Restore snapshot {ViewText.Id(plan.SnapshotId)} of host {ViewText.Path(plan.HostName)} in place in {ViewText.Path(plan.Destination)}: changing {plan.FilesToChange:N0} files, creating {plan.FilesToCreate:N0}, deleting {plan.FilesToDelete:N0} of {Bytes(plan.BytesToDelete)}; fetching {Bytes(plan.BytesToRestore)}, reusing {Bytes(plan.BytesToReuse)}; {plan.FilesUnchanged:N0} files are the same, {plan.FilesToSkip:N0} are left alone{Different(plan)}.");
        foreach (string path in plan.ItemsToDelete) text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}  Delete {ViewText.Path(path)}");
        return text.ToString();
    }

    private static string Different(RestorePlan plan) => plan.FilesDifferent == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {plan.FilesDifferent:N0} of them different from the snapshot");

    private static string Bytes(long value) => string.Create(CultureInfo.InvariantCulture, $"{value:N0} bytes{(value < 1024 ? "" : $" ({ViewText.Bytes(value)})")}");
}
