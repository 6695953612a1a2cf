using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>Turns errno into <see cref="PlatformException"/>.</summary>
internal static class LinuxError
{
    /// <summary>errno of this thread's last call.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Returns when the last call was only interrupted by a signal, so that it is made again; throws for anything else.</summary>
    public static void ThrowUnlessInterrupted()
    {
        int errno = Last;
        if (errno != Errno.Interrupted) throw Create(errno);
    }

    /// <summary>The same for a call that gives an item its name: there EINVAL means that the file system does not allow it.</summary>
    public static void ThrowUnlessInterruptedNaming()
    {
        int errno = Last;
        if (errno != Errno.Interrupted) throw CreateNaming(errno);
    }

    /// <summary>The exception for an errno of a call that gives an item its name.</summary>
    public static PlatformException CreateNaming(int errno) => errno == Errno.Invalid
        ? new PlatformException(PlatformFailure.BadName, "The file system does not allow this name.")
        : Create(errno);

    /// <summary>The exception for an errno, with the system's text.</summary>
    public static PlatformException Create(int errno) => Create(errno, Classify(errno));

    /// <summary>The exception for an errno that means something else in this place.</summary>
    public static PlatformException Create(int errno, PlatformFailure failure) => new(failure, Marshal.GetPInvokeErrorMessage(errno));

    /// <summary>What an errno means where nothing more is known.</summary>
    public static PlatformFailure Classify(int errno) => errno switch
    {
        Errno.NoEntry or Errno.Stale => PlatformFailure.NotFound,
        Errno.NotPermitted or Errno.AccessDenied => PlatformFailure.Denied,
        Errno.Exists => PlatformFailure.Exists,
        Errno.NotDirectory => PlatformFailure.NotAFolder,
        Errno.IsDirectory => PlatformFailure.NotAFile,
        Errno.NotEmpty => PlatformFailure.NotEmpty,
        Errno.NoSpace or Errno.Quota => PlatformFailure.Full,
        Errno.ReadOnly => PlatformFailure.ReadOnly,
        Errno.NotSupported or Errno.NotImplemented => PlatformFailure.NotSupported,
        Errno.NameTooLong or Errno.BadSequence => PlatformFailure.BadName,
        Errno.InputOutput or Errno.NeedsCleaning or Errno.BadMessage or Errno.RemoteInputOutput => PlatformFailure.Damaged,
        _ => PlatformFailure.Other,
    };
}
