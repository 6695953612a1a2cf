using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A file under a temporary name, to be linked or renamed into place.</summary>
internal sealed class NamedPendingFile : PendingFile
{
    private readonly UnixFolderFiles _files;
    private readonly SafeFileHandle _temporaries;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _folder;
    private readonly string _name;
    private readonly string _leaf;
    private readonly bool _replace;
    private bool _renamed;

    /// <summary>Takes over the three handles.</summary>
    public NamedPendingFile(UnixFolderFiles files, SafeFileHandle temporaries, string temporary, SafeFileHandle file, SafeFileHandle folder, string name, bool replace)
    {
        _files = files;
        _temporaries = temporaries;
        _temporary = temporary;
        _file = file;
        _folder = folder;
        _name = name;
        _leaf = FolderFiles.LeafOf(name);
        _replace = replace;
    }

    public override void Write(ReadOnlySpan<byte> content) => _files.Write(_file, content, _name);

    public override PublishOutcome Publish()
    {
        _files.Sync(_file, _files.PathTo(_name));
        PublishOutcome outcome = _replace ? Replace() : _files.Publishing == FolderPublishing.Rename ? Rename() : Link();
        if (outcome == PublishOutcome.Published) _files.SyncFolder(_folder, _files.PathTo(FolderFiles.FolderOf(_name)));
        return outcome;
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        // After a link this is one of two names, and else what nobody wants. If it fails, a later put sweeps it.
        if (!_renamed) _ = UnixCalls.UnlinkAt(_temporaries, _temporary, 0);
        _file.Dispose();
        _temporaries.Dispose();
        _folder.Dispose();
    }

    private PublishOutcome Link()
    {
        if (UnixCalls.LinkAt(_temporaries, _temporary, _folder, _leaf, 0) == 0) return PublishOutcome.Published;
        int errno = Marshal.GetLastPInvokeError();
        // Without hard links FAT says EPERM, FUSE and SMB say ENOSYS or ENOTSUP.
        bool unsupported = errno is UnixSystem.NotPermitted or UnixSystem.TooManyLinks || errno == _files.System.NoSystemCall || errno == _files.System.NotSupported || errno == _files.System.NotSupportedOnSocket;
        if (!unsupported) return Outcome(errno);
        _files.FallBackTo(FolderPublishing.Rename);
        return Rename();
    }

    private PublishOutcome Rename()
    {
        int errno = _files.RenameNew(_temporaries, _temporary, _folder, _leaf);
        if (errno == UnixSystem.Invalid || errno == _files.System.NoSystemCall || errno == _files.System.NotSupported || errno == _files.System.NotSupportedOnSocket)
        {
            throw new StoreException(StoreFailure.Unreachable, $"The file system of '{PathText.ToDisplay(_files.Path)}' can neither link files nor rename them without replacing others, which a repository needs: {Marshal.GetPInvokeErrorMessage(errno)}.");
        }

        if (errno != 0) return Outcome(errno);
        _renamed = true;
        return PublishOutcome.Published;
    }

    private PublishOutcome Replace()
    {
        if (UnixCalls.RenameAt(_temporaries, _temporary, _folder, _leaf) != 0) return Outcome(Marshal.GetLastPInvokeError());
        _renamed = true;
        return PublishOutcome.Published;
    }

    private PublishOutcome Outcome(int errno)
    {
        if (errno == UnixSystem.Exists && !_replace)
        {
            // It may be deleted again by now; it was there, and that is the answer.
            _files.ConfirmExists(_folder, _name);
            return PublishOutcome.Exists;
        }

        // The temporary was swept, or its folder deleted.
        if (errno == UnixSystem.NoEntry && !_files.IsGone()) return PublishOutcome.Again;
        throw _files.Failure(errno, _replace ? "replace" : "create", _name, writes: true);
    }
}
