using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>
/// Named temporaries in <c>tmp/</c>, for replacing and where files without names are not to be had. Each is locked (flock) by its writer; the
/// lock ends with the process, so a temporary of this host whose lock can be had is abandoned. No clock is asked. Should a lock ever be
/// missed (two hosts of one name on a file system that keeps locks to itself), the writer finds its temporary gone and writes it again.
/// </summary>
internal sealed class UnixTemporaries
{
    private const string Folder = "tmp";

    // Ours may be swept between its creation and its lock; each time costs the other side a whole listing, so a few attempts are plenty.
    private const int Attempts = 16;

    private readonly UnixFolderFiles _files;
    private readonly string _beginning;
    private int _swept;

    public UnixTemporaries(UnixFolderFiles files)
    {
        _files = files;
        // A leading dot keeps it out of the names of objects. The host's name is hashed, as it may hold anything.
        _beginning = $".{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName)).AsSpan(0, 4))}-";
    }

    /// <summary>Begins a file in <c>tmp/</c>, and once for each open store deletes what was abandoned there.</summary>
    /// <param name="folder">The object's folder; the file owns it from now on, unless this throws.</param>
    /// <param name="name">The object.</param>
    /// <param name="replace">Whether an object of that name is replaced.</param>
    public PendingFile Begin(SafeFileHandle folder, string name, bool replace)
    {
        SafeFileHandle temporaries = _files.OpenFolder(Folder, create: true)!;
        try
        {
            if (Interlocked.Exchange(ref _swept, 1) == 0) Sweep(temporaries);
            for (int i = 0; i < Attempts; i++)
            {
                string temporary = _beginning + RandomNumberGenerator.GetHexString(24, lowercase: true);
                SafeFileHandle? file = CreateLocked(temporaries, temporary);
                if (file is null) continue;
                var pending = new NamedPendingFile(_files, temporaries, temporary, file, folder, name, replace);
                temporaries = null!;
                return pending;
            }

            throw new StoreException(StoreFailure.Transient, $"Cannot create a file in '{PathText.ToDisplay(_files.PathTo(Folder))}': somebody deletes it each time.");
        }
        finally
        {
            temporaries?.Dispose();
        }
    }

    private SafeFileHandle? CreateLocked(SafeFileHandle temporaries, string temporary)
    {
        UnixSystem system = _files.System;
        int flags = UnixSystem.OpenWriteOnly | system.OpenCreate | system.OpenExclusive | system.OpenNoFollow | system.OpenCloseOnExec;
        SafeFileHandle file = UnixCalls.OpenAt(temporaries, temporary, flags, UnixFolderFiles.FileMode);
        if (file.IsInvalid) throw _files.Failure("create a file in", Folder, writes: true);
        bool kept = false;
        try
        {
            if (UnixCalls.ChangeMode(file, UnixFolderFiles.FileMode) != 0) throw _files.Failure("set the mode of a file in", Folder, writes: true);
            // Who sweeps holds the lock while it deletes. With the lock and the name both ours, nobody will.
            // A file system without locks refuses them to the sweeper too.
            bool swept = UnixCalls.Lock(file, UnixCalls.LockExclusiveNow) != 0 && Marshal.GetLastPInvokeError() == _files.System.Again;
            kept = !swept && UnixCalls.AccessAt(temporaries, temporary, 0, 0) == 0;
            return kept ? file : null;
        }
        finally
        {
            if (!kept)
            {
                _ = UnixCalls.UnlinkAt(temporaries, temporary, 0);
                file.Dispose();
            }
        }
    }

    private void Sweep(SafeFileHandle temporaries)
    {
        UnixSystem system = _files.System;
        foreach (string temporary in _files.ReadNames(temporaries, Folder, _beginning))
        {
            using SafeFileHandle file = UnixCalls.OpenAt(temporaries, temporary, UnixSystem.OpenReadOnly | system.OpenNoFollow | system.OpenNonBlocking | system.OpenCloseOnExec);
            // Whatever cannot be opened, locked or deleted is left: it hinders nobody.
            if (!file.IsInvalid && UnixCalls.Lock(file, UnixCalls.LockExclusiveNow) == 0) _ = UnixCalls.UnlinkAt(temporaries, temporary, 0);
        }
    }
}
