namespace BackupPS.Engine.Platform.Linux;

/// <summary>Error numbers of Linux (asm-generic/errno.h; the same on x64 and arm64).</summary>
internal static class Errno
{
    public const int NotPermitted = 1; // EPERM
    public const int NoEntry = 2; // ENOENT
    public const int Interrupted = 4; // EINTR
    public const int InputOutput = 5; // EIO
    public const int NoDeviceOrAddress = 6; // ENXIO
    public const int WouldBlock = 11; // EWOULDBLOCK
    public const int AccessDenied = 13; // EACCES
    public const int Exists = 17; // EEXIST
    public const int CrossDevice = 18; // EXDEV
    public const int NotDirectory = 20; // ENOTDIR
    public const int IsDirectory = 21; // EISDIR
    public const int Invalid = 22; // EINVAL
    public const int NoSpace = 28; // ENOSPC
    public const int ReadOnly = 30; // EROFS
    public const int TooManyLinks = 31; // EMLINK
    public const int Range = 34; // ERANGE
    public const int NameTooLong = 36; // ENAMETOOLONG
    public const int NoLocks = 37; // ENOLCK
    public const int NotImplemented = 38; // ENOSYS
    public const int NotEmpty = 39; // ENOTEMPTY
    public const int Loop = 40; // ELOOP
    public const int NoData = 61; // ENODATA
    public const int BadMessage = 74; // EBADMSG: a checksum of the file system does not match
    public const int BadSequence = 84; // EILSEQ: a name that the file system cannot encode
    public const int NotSupported = 95; // EOPNOTSUPP
    public const int Stale = 116; // ESTALE
    public const int NeedsCleaning = 117; // EUCLEAN: the file system is corrupted
    public const int RemoteInputOutput = 121; // EREMOTEIO
    public const int Quota = 122; // EDQUOT
}
