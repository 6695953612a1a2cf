using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A file under a temporary name on Windows, to be moved into place.</summary>
internal sealed class WindowsPendingFile(WindowsFolderFiles files, string temporary, SafeFileHandle file, string target, string name, bool replace) : PendingFile
{
    private long _length;
    private bool _moved;

    public override void Write(ReadOnlySpan<byte> content)
    {
        try
        {
            RandomAccess.Write(file, content, _length);
            _length += content.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WindowsErrors.From(e, "write", target, writes: true);
        }
    }

    public override PublishOutcome Publish()
    {
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WindowsErrors.From(e, "make durable", target, writes: true);
        }

        // A file that is open for nobody else cannot be moved. One that is swept in this moment is written again.
        file.Dispose();
        if (WindowsCalls.Move(Extended(temporary), Extended(target), WindowsCalls.WriteThrough | (replace ? WindowsCalls.ReplaceExisting : 0)))
        {
            _moved = true;
            return PublishOutcome.Published;
        }

        int code = Marshal.GetLastPInvokeError();
        if (!replace && code is WindowsCalls.AlreadyExists or WindowsCalls.FileExists)
        {
            files.ConfirmExists(name);
            return PublishOutcome.Exists;
        }

        if (code is WindowsCalls.FileNotFound or WindowsCalls.PathNotFound) return PublishOutcome.Again;
        throw WindowsErrors.From(code, replace ? "replace" : "create", target, writes: true);
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        file.Dispose();
        if (_moved) return;
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later put sweeps it.
        }
    }

    /// <summary>The form of an absolute path that has no limit of 260 characters.</summary>
    private static string Extended(string path)
    {
        if (path.StartsWith(@"\\?\", StringComparison.Ordinal)) return path;
        return path.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\UNC\" + path[2..] : @"\\?\" + path;
    }
}
