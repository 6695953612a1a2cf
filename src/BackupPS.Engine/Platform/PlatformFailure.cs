namespace BackupPS.Engine.Platform;

/// <summary>Why a call to the system failed.</summary>
internal enum PlatformFailure
{
    /// <summary>There is no such item.</summary>
    NotFound,
    /// <summary>The account may not do it.</summary>
    Denied,
    /// <summary>Something is there already.</summary>
    Exists,
    /// <summary>A folder was expected, and it is a link or something else.</summary>
    NotAFolder,
    /// <summary>A file was expected, and it is a folder, a link or something else.</summary>
    NotAFile,
    /// <summary>The folder has something in it.</summary>
    NotEmpty,
    /// <summary>No space, or a quota, is left.</summary>
    Full,
    /// <summary>The file system is read-only.</summary>
    ReadOnly,
    /// <summary>The system or the file system cannot do it.</summary>
    NotSupported,
    /// <summary>The file system cannot have an item of that name: a character or a length that it does not allow.</summary>
    BadName,
    /// <summary>The disk returned an error.</summary>
    Damaged,
    /// <summary>Anything else; the message says what.</summary>
    Other,
}
