namespace BackupPS.Engine;

/// <summary>The table of errors: each has an id that scripts may rely on, a category and advice.</summary>
public sealed class BackupError
{
    private static readonly Dictionary<string, BackupError> Table = new(StringComparer.Ordinal);

    // Repositories
    /// <summary>No repository of that name or at that path.</summary>
    public static readonly BackupError RepositoryNotFound = new("RepositoryNotFound", BackupErrorCategory.ObjectNotFound, "Check the name with Get-BackupRepository, or pass the path of the repository's folder.");
    /// <summary>A repository of that name is registered, or the folder already holds one.</summary>
    public static readonly BackupError RepositoryExists = new("RepositoryExists", BackupErrorCategory.ResourceExists, "Use Connect-BackupRepository for a repository that exists, or choose another name or folder.");
    /// <summary>The folder for a new repository holds other things.</summary>
    public static readonly BackupError FolderNotEmpty = new("FolderNotEmpty", BackupErrorCategory.ResourceExists, "Choose an empty folder, or one that does not exist yet. The lost+found of a new disk does not count.");
    /// <summary>A folder lies within that of a repository.</summary>
    public static readonly BackupError InsideRepository = new("InsideRepository", BackupErrorCategory.InvalidArgument, "Choose a folder outside of every repository: what is written into one may take the place of its objects, or go with them.");
    /// <summary>Policies save into the repository.</summary>
    public static readonly BackupError RepositoryInUse = new("RepositoryInUse", BackupErrorCategory.InvalidOperation, "Give the policies another repository with Set-BackupPolicy, or remove them; or say -Force, and connect the repository again before their next run.");
    /// <summary>The repository's keys are not in this process.</summary>
    public static readonly BackupError RepositoryLocked = new("RepositoryLocked", BackupErrorCategory.AuthenticationError, "Run Connect-BackupRepository with -Password or -KeyFile, or set BACKUPPS_PASSWORD_FILE to a file with mode 0600.");
    /// <summary>No key of the repository opens with this secret.</summary>
    public static readonly BackupError WrongKey = new("WrongKey", BackupErrorCategory.AuthenticationError, "Check the passphrase or the key file; the key objects themselves are intact.");
    /// <summary>A key object is damaged.</summary>
    public static readonly BackupError KeyDamaged = new("KeyDamaged", BackupErrorCategory.InvalidData, "Restore the named object from a copy of the repository, or unlock with another key.", meansUnavailable: true);
    /// <summary>repository.json or another object that everything rests on is damaged.</summary>
    public static readonly BackupError RepositoryDamaged = new("RepositoryDamaged", BackupErrorCategory.InvalidData, "Run Test-BackupIntegrity -Level Data to see what is hurt, and restore the named object from a copy of the repository.");
    /// <summary>The repository has a format version that this program does not know.</summary>
    public static readonly BackupError UnsupportedFormat = new("UnsupportedFormat", BackupErrorCategory.InvalidData, "Use the version of BackupPS that wrote it, or a newer one.");
    /// <summary>The store does not answer, or refuses.</summary>
    public static readonly BackupError StoreUnreachable = new("StoreUnreachable", BackupErrorCategory.ResourceUnavailable, "Check that the folder is mounted and that this account may use it.");
    /// <summary>The store is full.</summary>
    public static readonly BackupError StoreFull = new("StoreFull", BackupErrorCategory.LimitsExceeded, "Free space in the repository's file system; the next run reuses what was already stored.");
    /// <summary>The store's disk returned an error for a write.</summary>
    public static readonly BackupError StoreWriteFailed = new("StoreWriteFailed", BackupErrorCategory.WriteError, "Check the disk of the repository and its log. What was stored before was not touched; once the disk is mended, run it again: it reuses what is there.");
    /// <summary>An object is missing.</summary>
    public static readonly BackupError ObjectMissing = new("ObjectMissing", BackupErrorCategory.ObjectNotFound, "Run Test-BackupIntegrity to see which snapshots are affected, and restore the named object from a copy of the repository.", meansUnavailable: true);
    /// <summary>An object is damaged.</summary>
    public static readonly BackupError ObjectDamaged = new("ObjectDamaged", BackupErrorCategory.InvalidData, "Run Test-BackupIntegrity -Level Data to see which snapshots are affected, and restore the named object from a copy of the repository.", meansUnavailable: true);
    /// <summary>This account may not read an object.</summary>
    public static readonly BackupError ObjectDenied = new("ObjectDenied", BackupErrorCategory.PermissionDenied, "Run as the account that owns the repository, or give this account the right to read the named object.", meansUnavailable: true);
    /// <summary>A blob that a snapshot needs is in no index.</summary>
    public static readonly BackupError BlobMissing = new("BlobMissing", BackupErrorCategory.ObjectNotFound, "Run Test-BackupIntegrity to see which snapshots are affected.", meansUnavailable: true);
    /// <summary>A compressed segment did not decode to what went in.</summary>
    public static readonly BackupError CompressionFailed = new("CompressionFailed", BackupErrorCategory.InvalidResult, "Nothing wrong was stored. Test this machine's memory, and try another codec.");
    /// <summary>The writer was fenced off while it was away.</summary>
    public static readonly BackupError SessionFenced = new("SessionFenced", BackupErrorCategory.ResourceUnavailable, "Run the backup again: it reuses what is still there. Space was freed in the repository while this run stood still.");

    /// <summary>What may be deleted cannot be told while something is missing.</summary>
    public static readonly BackupError DeletionUnsafe = new("DeletionUnsafe", BackupErrorCategory.InvalidData, "Bring the named objects back from a copy of the repository, or move away what stands in their place. Test-BackupIntegrity shows the damage. If a snapshot is lost for good, run the command again with -Abandon and its whole id.");

    // Secrets
    /// <summary>A password or key file cannot be used.</summary>
    public static readonly BackupError SecretFileUnusable = new("SecretFileUnusable", BackupErrorCategory.SecurityError, "Make the file readable for its owner only (chmod 600) and check its content.");
    /// <summary>No secret was given where one is needed.</summary>
    public static readonly BackupError SecretMissing = new("SecretMissing", BackupErrorCategory.AuthenticationError, "Pass -Password or -KeyFile, or set BACKUPPS_PASSWORD_FILE.");

    // Policies
    /// <summary>No policy of that name.</summary>
    public static readonly BackupError PolicyNotFound = new("PolicyNotFound", BackupErrorCategory.ObjectNotFound, "Check the name with Get-BackupPolicy.");
    /// <summary>A policy of that name exists.</summary>
    public static readonly BackupError PolicyExists = new("PolicyExists", BackupErrorCategory.ResourceExists, "Use Set-BackupPolicy to change it, or choose another name.");
    /// <summary>Another run of the policy is under way.</summary>
    public static readonly BackupError PolicyAlreadyRunning = new("PolicyAlreadyRunning", BackupErrorCategory.ResourceBusy, "Wait for the other run to end, or use -Wait.");
    /// <summary>A policy names no retention rule.</summary>
    public static readonly BackupError RetentionRuleMissing = new("RetentionRuleMissing", BackupErrorCategory.InvalidOperation, "Give the policy a rule with Set-BackupPolicy, for example -KeepDaily 7.");
    /// <summary>The rules would leave no snapshot.</summary>
    public static readonly BackupError RetentionWouldRemoveAll = new("RetentionWouldRemoveAll", BackupErrorCategory.InvalidOperation, "Relax the rules with Set-BackupPolicy, or remove the snapshots by id.");
    /// <summary>A parameter's value cannot be used.</summary>
    public static readonly BackupError InvalidArgument = new("InvalidArgument", BackupErrorCategory.InvalidArgument, "See Get-Help for the parameter's range and form.");
    /// <summary>A duration is not of the form 12h, 7d, 2y5m.</summary>
    public static readonly BackupError InvalidDuration = new("InvalidDuration", BackupErrorCategory.InvalidArgument, "Write durations with units: 30min, 12h, 7d, 4w, 6m, 2y5m.");

    // Sources
    /// <summary>A source path does not exist.</summary>
    public static readonly BackupError SourceNotFound = new("SourceNotFound", BackupErrorCategory.ObjectNotFound, "Check the path, and that its file system is mounted.");
    /// <summary>A source is empty, and was not in the latest complete snapshot.</summary>
    public static readonly BackupError SourceEmpty = new("SourceEmpty", BackupErrorCategory.ObjectNotFound, "Mount the source's file system. If the folder was emptied on purpose, run the policy once with -Type Full.");
    /// <summary>None of the sources can be read.</summary>
    public static readonly BackupError NothingToBackUp = new("NothingToBackUp", BackupErrorCategory.ObjectNotFound, "Check the sources of the policy; no snapshot was made, so that retention cannot prefer an empty one.");
    /// <summary>An item cannot be opened.</summary>
    public static readonly BackupError AccessDenied = new("AccessDenied", BackupErrorCategory.PermissionDenied, "Run as an account that may read the item, or exclude it.");
    /// <summary>An item cannot be read.</summary>
    public static readonly BackupError ReadFailed = new("ReadFailed", BackupErrorCategory.ReadError, "Check the disk and its log; the item is not in the snapshot.");
    /// <summary>Extended attributes or ACLs of an item cannot be read.</summary>
    public static readonly BackupError MetadataNotSaved = new("MetadataNotSaved", BackupErrorCategory.ReadError, "The item is in the snapshot with its content, and without what could not be read. Check its extended attributes and ACLs, and the file system.");
    /// <summary>An item was there when its folder was listed and is gone.</summary>
    public static readonly BackupError SourceVanished = new("SourceVanished", BackupErrorCategory.ObjectNotFound, "Nothing to do if it was temporary; else back up from a file system snapshot.");
    /// <summary>A file changed while it was read.</summary>
    public static readonly BackupError SourceChanged = new("SourceChanged", BackupErrorCategory.ResourceBusy, "The snapshot holds what was read, which may mix old and new. Stop the writer, or back up from a file system snapshot.");
    /// <summary>A path that came as an object holds a name that .NET cannot carry.</summary>
    public static readonly BackupError NameNotRepresentable = new("NameNotRepresentable", BackupErrorCategory.InvalidData, "Back up the folder that holds it by -Path: the walk reads names as bytes.");
    /// <summary>An ignore file cannot be used.</summary>
    public static readonly BackupError IgnoreFileUnusable = new("IgnoreFileUnusable", BackupErrorCategory.ReadError, "Check the ignore file; its rules were not applied.");

    // Snapshots
    /// <summary>No snapshot with that id.</summary>
    public static readonly BackupError SnapshotNotFound = new("SnapshotNotFound", BackupErrorCategory.ObjectNotFound, "Check the id with Get-BackupSnapshot.");
    /// <summary>Several snapshots have an id that begins so.</summary>
    public static readonly BackupError SnapshotAmbiguous = new("SnapshotAmbiguous", BackupErrorCategory.InvalidArgument, "Give more digits of the id.");
    /// <summary>The snapshot was made on another host, and nothing says that it is meant all the same.</summary>
    public static readonly BackupError OtherHost = new("OtherHost", BackupErrorCategory.InvalidOperation, "If another host's snapshot is what you want, say so: -HostName with its name, or -AllHosts; or name the snapshot by its id. Get-BackupSnapshot lists whose they are.");
    /// <summary>The snapshot was removed while it was read.</summary>
    public static readonly BackupError SnapshotRemoved = new("SnapshotRemoved", BackupErrorCategory.ObjectNotFound, "Choose another snapshot with Get-BackupSnapshot.");
    /// <summary>The snapshot has a hold.</summary>
    public static readonly BackupError SnapshotHeld = new("SnapshotHeld", BackupErrorCategory.InvalidOperation, "Release it with Set-BackupSnapshot -Hold:$false.");
    /// <summary>Snapshots of different repositories are to be compared.</summary>
    public static readonly BackupError RepositoriesDiffer = new("RepositoriesDiffer", BackupErrorCategory.InvalidArgument, "Choose two snapshots of one repository, or compare each with the files of this host with -LivePath.");
    /// <summary>A path is not in the snapshot.</summary>
    public static readonly BackupError ItemNotFound = new("ItemNotFound", BackupErrorCategory.ObjectNotFound, "List what the snapshot holds with Get-BackupItem.");
    /// <summary>An item whose content was asked for is no file.</summary>
    public static readonly BackupError ItemNotFile = new("ItemNotFile", BackupErrorCategory.InvalidArgument, "Name a file: folders, links and devices have no content of their own.");

    // Restore
    /// <summary>The destination has too little space.</summary>
    public static readonly BackupError NotEnoughSpace = new("NotEnoughSpace", BackupErrorCategory.LimitsExceeded, "Free space at the destination, or restore fewer paths.");
    /// <summary>The destination cannot be used.</summary>
    public static readonly BackupError DestinationUnusable = new("DestinationUnusable", BackupErrorCategory.WriteError, "Check that the destination is a folder that this account may write to.");
    /// <summary>Something else is where an item should go.</summary>
    public static readonly BackupError TargetConflict = new("TargetConflict", BackupErrorCategory.ResourceExists, "Move it out of the way, or restore elsewhere.");
    /// <summary>An item cannot be written.</summary>
    public static readonly BackupError WriteFailed = new("WriteFailed", BackupErrorCategory.WriteError, "Check the destination's file system.");
    /// <summary>Metadata cannot be set.</summary>
    public static readonly BackupError MetadataNotRestored = new("MetadataNotRestored", BackupErrorCategory.PermissionDenied, "Restore as root, onto a file system that keeps owners, extended attributes and ACLs.");
    /// <summary>What was written reads back differently.</summary>
    public static readonly BackupError VerifyFailed = new("VerifyFailed", BackupErrorCategory.InvalidResult, "Check the destination's disk and memory; the repository itself was read correctly.");
    /// <summary>A name in a tree could reach outside the destination.</summary>
    public static readonly BackupError HostileName = new("HostileName", BackupErrorCategory.SecurityError, "The tree was not written by BackupPS, or is damaged. Nothing was written for this item.");

    /// <summary>A restore in place was interrupted there.</summary>
    public static readonly BackupError RestoreUnfinished = new("RestoreUnfinished", BackupErrorCategory.InvalidOperation, "Run Restore-Backup -Resume to complete it or Restore-Backup -Rollback to undo it, with the -Destination that the message names. -Rollback ends it in any case: what it cannot put back stays in a folder that it names.");
    /// <summary>A restore in place is under way there.</summary>
    public static readonly BackupError RestoreBusy = new("RestoreBusy", BackupErrorCategory.ResourceBusy, "Wait for the other restore to end.");
    /// <summary>No restore in place was interrupted there.</summary>
    public static readonly BackupError RestoreNotFound = new("RestoreNotFound", BackupErrorCategory.ObjectNotFound, "Nothing is left to do there. Give the -Destination of the restore, or the folder that has its .backupps-restore- folder in it.");

    // Process
    /// <summary>No run with that id.</summary>
    public static readonly BackupError RunNotFound = new("RunNotFound", BackupErrorCategory.ObjectNotFound, "Check the id with Get-BackupRun.");
    /// <summary>The catalog cannot be used.</summary>
    public static readonly BackupError CatalogUnusable = new("CatalogUnusable", BackupErrorCategory.ResourceUnavailable, "Check the folder that BACKUPPS_HOME names. Moving catalog.db away loses no backup: connect the repositories again.");
    /// <summary>No SQLite loads, which the catalog needs.</summary>
    public static readonly BackupError SqliteUnavailable = new("SqliteUnavailable", BackupErrorCategory.NotInstalled, "Install the system's SQLite, version 3.24 or newer (Debian, Ubuntu: libsqlite3-0; RHEL: sqlite-libs), or install BackupPS anew if its files were changed.");
    /// <summary>The catalog was written by a newer version.</summary>
    public static readonly BackupError CatalogTooNew = new("CatalogTooNew", BackupErrorCategory.InvalidData, "Update BackupPS on this host, or point BACKUPPS_HOME to another folder.");
    /// <summary>A path is not one of a file system.</summary>
    public static readonly BackupError PathNotFileSystem = new("PathNotFileSystem", BackupErrorCategory.InvalidArgument, "Give a path of a FileSystem drive.");
    /// <summary>The Backup: drive was asked to change something.</summary>
    public static readonly BackupError DriveReadOnly = new("DriveReadOnly", BackupErrorCategory.InvalidOperation, "Get files out with Get-Item ... | Restore-Backup -Destination; change policies, snapshots and repositories with their own commands.");
    /// <summary>The system does not let this program do it.</summary>
    public static readonly BackupError NotSupportedHere = new("NotSupportedHere", BackupErrorCategory.NotImplemented, "Use a system that supports it; the message names what is missing.");
    /// <summary>The operating system refused a call for want of something, or failed at it.</summary>
    public static readonly BackupError SystemFailed = new("SystemFailed", BackupErrorCategory.ResourceUnavailable, "The message has the system's own words. Check the limits (open files: ulimit -n, memory), the disks and the permissions of this host, and run it again.");
    /// <summary>A defect of BackupPS.</summary>
    public static readonly BackupError InternalError = new("InternalError", BackupErrorCategory.InvalidResult, "This is a defect of BackupPS. Please report it with the message and $Error[0].Exception.ToString().");

    private BackupError(string id, BackupErrorCategory category, string advice, bool meansUnavailable = false)
    {
        MeansUnavailable = meansUnavailable;
        Id = id;
        Category = category;
        Advice = advice;
        Table.Add(id, this);
    }

    /// <summary>Every row of the table, by id.</summary>
    public static IReadOnlyDictionary<string, BackupError> All => Table;

    /// <summary>The id: what <c>FullyQualifiedErrorId</c> begins with.</summary>
    public string Id { get; }

    /// <summary>The category, named as PowerShell's <c>ErrorCategory</c> names it.</summary>
    public BackupErrorCategory Category { get; }

    /// <summary>What to do about it.</summary>
    public string Advice { get; }

    /// <summary>
    /// Whether it says that an object of a repository, or what stands in one, cannot be had: it is absent, damaged, unreadable or refused. There is no
    /// other way to say so: whoever can do without the object goes by this, and so by all of these alike.
    /// </summary>
    public bool MeansUnavailable { get; }
}
