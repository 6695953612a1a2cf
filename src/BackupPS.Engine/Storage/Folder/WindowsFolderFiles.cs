using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A store's folder on Windows. Access is what the folder's own list grants; temporaries are exclusive while they are written, so one that can be deleted is abandoned.</summary>
internal sealed class WindowsFolderFiles : FolderFiles
{
    private const string Temporaries = "tmp";
    private int _swept;

    public WindowsFolderFiles(string path, bool create)
        : base(path)
    {
        if (create) Do("create the folder", "", () => Directory.CreateDirectory(path));
        if (!Directory.Exists(path)) throw new StoreException(StoreFailure.Unreachable, $"There is no folder '{PathText.ToDisplay(path)}'.");
    }

    public override FolderPublishing Publishing => FolderPublishing.Rename;

    // An open file delays its deletion, and hinders that of its folder.
    public override int OpenFileLimit => 0;

    public override void CreateFolders(string parent, IEnumerable<string> names)
    {
        foreach (string name in names) CreateFolder(parent.Length == 0 ? name : $"{parent}/{name}");
    }

    public override SafeFileHandle? OpenRead(string name, out long length)
    {
        length = GetLength(name);
        if (length < 0) return null;
        try
        {
            SafeFileHandle file = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            length = RandomAccess.GetLength(file);
            return file;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            ThrowIfGone();
            return null;
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw WindowsErrors.From(e, "open", PathOf(name));
        }
    }

    public override bool IsDeleted(SafeFileHandle file) => true;

    public override int Read(SafeFileHandle file, string name, long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(file, destination, offset);
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw WindowsErrors.From(e, "read", PathOf(name));
        }
    }

    public override long GetLength(string name)
    {
        long length = 0;
        FolderItemKind kind = Do("inspect", name, () => PortableFolder.Inspect(PathOf(name), out length));
        if (kind == FolderItemKind.File) return length;
        if (kind != FolderItemKind.Absent) throw NotAnObject(name);
        ThrowIfGone();
        return -1;
    }

    public override bool ConfirmExists(string name)
    {
        FolderItemKind kind = Do("inspect", name, () => PortableFolder.Inspect(PathOf(name), out _));
        return kind switch
        {
            FolderItemKind.Absent => false,
            // The move that gave it its name wrote through.
            FolderItemKind.File => true,
            _ => throw NotAnObject(name),
        };
    }

    public override IReadOnlyList<FolderEntry> ReadFolder(string folder)
    {
        IReadOnlyList<FolderEntry> entries = Do("list the folder", folder, () => PortableFolder.Read(PathOf(folder)));
        if (entries.Count == 0) ThrowIfGone();
        return entries;
    }

    public override PendingFile Begin(string name, bool replace)
    {
        ThrowIfGone();
        CreateFolder(FolderOf(name));
        CreateFolder(Temporaries);
        if (Interlocked.Exchange(ref _swept, 1) == 0) Sweep();
        string temporary = System.IO.Path.Join(PathOf(Temporaries), "." + RandomNumberGenerator.GetHexString(24, lowercase: true));
        SafeFileHandle file = Do("create a file in", Temporaries, () => File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None));
        return new WindowsPendingFile(this, temporary, file, PathOf(name), name, replace);
    }

    public override void Delete(string name)
    {
        FolderItemKind kind = Do("inspect", name, () => PortableFolder.Inspect(PathOf(name), out _));
        if (kind == FolderItemKind.Absent) ThrowIfGone();

        // A folder is no object, so there is none to delete.
        if (kind is FolderItemKind.Absent or FolderItemKind.Folder) return;
        if (kind == FolderItemKind.Other) throw NotAnObject(name);
        try
        {
            File.Delete(PathOf(name));
        }
        catch (DirectoryNotFoundException)
        {
            ThrowIfGone();
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw WindowsErrors.From(e, "delete", PathOf(name), writes: true);
        }
    }

    protected override void Dispose(bool disposing)
    {
        // Nothing is held open.
    }

    private static bool IsFailure(Exception e) => e is IOException and not StoreException or UnauthorizedAccessException;

    private void ThrowIfGone()
    {
        if (!Directory.Exists(Path)) throw new StoreException(StoreFailure.Unreachable, $"There is no folder '{PathText.ToDisplay(Path)}'.");
    }

    private void CreateFolder(string folder) => Do("create the folder", folder, () => Directory.CreateDirectory(PathOf(folder)));

    private void Sweep()
    {
        foreach (string temporary in Do("list the folder", Temporaries, () => PortableFolder.ReadNames(PathOf(Temporaries), ".")))
        {
            try
            {
                File.Delete(System.IO.Path.Join(PathOf(Temporaries), temporary));
            }
            catch (Exception e) when (IsFailure(e))
            {
                // Its writer has it open. What is left hinders nobody.
            }
        }
    }

    private T Do<T>(string action, string name, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw WindowsErrors.From(e, action, PathOf(name));
        }
    }
}
