namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>The work folders of restores in place that lie in a folder, as a test looks for them.</summary>
internal static class WorkFolders
{
    /// <summary>Their paths.</summary>
    public static string[] In(string folder) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder, ".backupps-restore-*")] : [];

    /// <summary>Whether there is one.</summary>
    public static bool AreIn(string folder) => In(folder).Length > 0;

    /// <summary>Whether one has a journal: one without has changed nothing, or nothing in it is of use any more.</summary>
    public static bool HaveJournal(string folder) => Array.Exists(In(folder), static w => File.Exists(w + "/journal"));
}
