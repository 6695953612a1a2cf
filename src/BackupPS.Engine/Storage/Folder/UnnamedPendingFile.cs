using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A file without a name (O_TMPFILE), to be linked into place: if the process ends before, nothing is left.</summary>
internal sealed class UnnamedPendingFile : PendingFile
{
    private readonly LinuxFolderFiles _files;
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _folder;
    private readonly string _name;

    /// <summary>Takes over both handles.</summary>
    public UnnamedPendingFile(LinuxFolderFiles files, SafeFileHandle file, SafeFileHandle folder, string name)
    {
        _files = files;
        _file = file;
        _folder = folder;
        _name = name;
    }

    public override void Write(ReadOnlySpan<byte> content) => _files.Write(_file, content, _name);

    public override PublishOutcome Publish()
    {
        _files.Sync(_file, _files.PathTo(_name));
        switch (Link())
        {
            case 0:
                _files.SyncFolder(_folder, _files.PathTo(FolderFiles.FolderOf(_name)));
                return PublishOutcome.Published;
            case UnixSystem.Exists:
                // It may be deleted again by now; it was there, and that is the answer.
                _files.ConfirmExists(_folder, _name);
                return PublishOutcome.Exists;
            case int errno when UnixErrors.Classify(errno, writes: true) is StoreFailure.Full or StoreFailure.Damaged or StoreFailure.Unwritable || errno == UnixSystem.ReadOnlyFileSystem:
                throw _files.Failure(errno, "create", _name, writes: true);
            default:
                // /proc is absent or closed to us, or the file system wants a name first. A temporary's errors are the ones to show.
                _files.FallBackTo(FolderPublishing.Link);
                return PublishOutcome.Again;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _file.Dispose();
        _folder.Dispose();
    }

    private int Link()
    {
        bool held = false;
        try
        {
            _file.DangerousAddRef(ref held);
            string self = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}");
            string leaf = FolderFiles.LeafOf(_name);
            return LinuxCalls.LinkAt(_files.System.AtCurrentFolder, self, _folder, leaf, LinuxCalls.AtFollowLinks) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        finally
        {
            if (held) _file.DangerousRelease();
        }
    }
}
