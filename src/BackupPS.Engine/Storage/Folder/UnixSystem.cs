using System.Runtime.InteropServices;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The numbers of a Unix system's interface that this store uses. Sources: Linux asm-generic and arch/arm64 fcntl.h and errno.h; macOS sys/fcntl.h and sys/errno.h.</summary>
internal sealed record UnixSystem
{
    /// <summary>The numbers of the system that this process runs on.</summary>
    public static UnixSystem Current { get; } = OperatingSystem.IsMacOS() ? Mac() : Linux();

    public required int AtCurrentFolder { get; init; }
    public required int AtNoFollow { get; init; }
    public required int OpenCreate { get; init; }
    public required int OpenExclusive { get; init; }
    public required int OpenNonBlocking { get; init; }
    public required int OpenFolder { get; init; }
    public required int OpenNoFollow { get; init; }
    public required int OpenCloseOnExec { get; init; }

    public required int Again { get; init; }
    public required int NoSystemCall { get; init; }
    public required int NotSupported { get; init; }
    public required int NotSupportedOnSocket { get; init; }
    public required int LinkLoop { get; init; }
    public required int TimedOut { get; init; }
    public required int Stale { get; init; }
    public required int QuotaExceeded { get; init; }

    /// <summary>
    /// Network down, unreachable, reset; connection aborted, reset; not connected, shut down, refused; host down, unreachable (ENETDOWN, ENETUNREACH, ENETRESET,
    /// ECONNABORTED, ECONNRESET, ENOTCONN, ESHUTDOWN, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH), and on Linux a server's own fault (EREMOTEIO).
    /// </summary>
    public static ReadOnlySpan<int> NetworkErrors => OperatingSystem.IsMacOS() ? [50, 51, 52, 53, 54, 57, 58, 61, 64, 65] : [100, 101, 102, 103, 104, 107, 108, 111, 112, 113, 121];

    /// <summary>A bad message, a structure that needs cleaning, no data, an illegal sequence (EBADMSG, on Linux EUCLEAN, ENODATA, EILSEQ): file systems and block devices that check what they read say so of what is damaged.</summary>
    public static ReadOnlySpan<int> DamageErrors => OperatingSystem.IsMacOS() ? [92, 94, 96] : [61, 74, 84, 117];

    // The same on every Unix.
    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InputOutput = 5;
    public const int NoDevice = 6;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NotAFolder = 20;
    public const int IsAFolder = 21;
    public const int Invalid = 22;
    public const int SystemFilesExhausted = 23;
    public const int ProcessFilesExhausted = 24;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int TooManyLinks = 31;

    private static UnixSystem Linux()
    {
        // Arm and POWER kept their own numbers for these two.
        bool own = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;
        return new UnixSystem
        {
            AtCurrentFolder = -100,
            AtNoFollow = 0x100,
            OpenCreate = 0x40,
            OpenExclusive = 0x80,
            OpenNonBlocking = 0x800,
            OpenFolder = own ? 0x4000 : 0x10000,
            OpenNoFollow = own ? 0x8000 : 0x20000,
            OpenCloseOnExec = 0x80000,
            Again = 11,
            NoSystemCall = 38,
            NotSupported = 95,
            NotSupportedOnSocket = 95,
            LinkLoop = 40,
            TimedOut = 110,
            Stale = 116,
            QuotaExceeded = 122,
        };
    }

    private static UnixSystem Mac() => new()
    {
        AtCurrentFolder = -2,
        AtNoFollow = 0x20,
        OpenCreate = 0x200,
        OpenExclusive = 0x800,
        OpenNonBlocking = 0x4,
        OpenFolder = 0x100000,
        OpenNoFollow = 0x100,
        OpenCloseOnExec = 0x1000000,
        Again = 35,
        NoSystemCall = 78,
        NotSupported = 45,
        NotSupportedOnSocket = 102,
        LinkLoop = 62,
        TimedOut = 60,
        Stale = 70,
        QuotaExceeded = 69,
    };
}
