namespace BackupPS.Engine.Repositories;

/// <summary>One reason why nothing may be deleted from a repository.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Name">The object that it is about.</param>
/// <param name="SnapshotId">What can be given up by name: the snapshot, or the repository where nothing is known of any; empty: nothing.</param>
/// <param name="Text">What is wrong, in a sentence without its full stop.</param>
internal sealed record Doubt(DoubtKind Kind, string Name, string SnapshotId, string Text)
{
    /// <summary>Something that is no object stands where one could be.</summary>
    public static Doubt OfObstacle(string name) => new(DoubtKind.Obstacle, name, "", $"'{name}' is not an object of the repository, or cannot be examined");
}
