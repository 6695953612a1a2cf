namespace BackupPS.Benchmarks.DataSets;

/// <summary>Files to back up: the same for everybody.</summary>
internal interface IDataSet
{
    /// <summary>As options name it.</summary>
    string Name { get; }

    /// <summary>For the table: what it is.</summary>
    string Title { get; }

    /// <summary>Whether it can be changed for a second backup.</summary>
    bool Changes { get; }

    /// <summary>Whether it has holes: restic and borg are then asked to restore them as such, which they do not by themselves.</summary>
    bool HasHoles { get; }

    /// <summary>Makes the files.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="origin">Where they come from.</param>
    void Make(string folder, DataOrigin origin);

    /// <summary>Changes the files in place, as time would.</summary>
    /// <param name="folder">A copy of what <see cref="Make"/> made.</param>
    /// <param name="origin">As for <see cref="Make"/>.</param>
    void Change(string folder, DataOrigin origin);
}
