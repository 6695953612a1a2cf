namespace BackupPS.Engine.Storage;

/// <summary>How every kind of store says that one object cannot be had.</summary>
internal static class UnavailableObject
{
    /// <summary>Whether a call that reads one object failed for a reason that lies in that object, so that others can be read all the same.</summary>
    public static bool Explains(StoreException e) => e.Failure is StoreFailure.Damaged or StoreFailure.Denied;

    /// <summary>It is there and cannot be read: the medium, something else in its place, or the account's rights.</summary>
    public static BackupException Unreadable(string name, StoreException e) =>
        new(e.Failure == StoreFailure.Denied ? BackupError.ObjectDenied : BackupError.ObjectDamaged, $"The object '{name}' cannot be read. {e.Message}", name, e);

    /// <summary>It is longer than any object of its kind.</summary>
    public static BackupException TooLong(string name, string location, long length, int maximumLength) =>
        new(BackupError.ObjectDamaged, $"The object '{name}' in '{location}' is damaged: it has {length} bytes, and {maximumLength} at most were expected.", name);
}
