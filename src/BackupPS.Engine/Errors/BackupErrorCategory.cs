namespace BackupPS.Engine;

/// <summary>Kinds of error; the names are those of PowerShell's <c>ErrorCategory</c>.</summary>
public enum BackupErrorCategory
{
    /// <summary>Something that was asked for is not there.</summary>
    ObjectNotFound,
    /// <summary>Something is there already.</summary>
    ResourceExists,
    /// <summary>A key or passphrase is missing or wrong.</summary>
    AuthenticationError,
    /// <summary>Bytes that are not what they should be.</summary>
    InvalidData,
    /// <summary>A store or file does not answer.</summary>
    ResourceUnavailable,
    /// <summary>Space or another limit is used up.</summary>
    LimitsExceeded,
    /// <summary>A library is missing.</summary>
    NotInstalled,
    /// <summary>A computation gave a wrong result.</summary>
    InvalidResult,
    /// <summary>Permissions of a file are too wide, or a name is hostile.</summary>
    SecurityError,
    /// <summary>Somebody else holds it.</summary>
    ResourceBusy,
    /// <summary>It cannot be done in this state.</summary>
    InvalidOperation,
    /// <summary>A value cannot be used.</summary>
    InvalidArgument,
    /// <summary>The account may not do it.</summary>
    PermissionDenied,
    /// <summary>Reading failed.</summary>
    ReadError,
    /// <summary>Writing failed.</summary>
    WriteError,
    /// <summary>This system cannot do it.</summary>
    NotImplemented,
}
