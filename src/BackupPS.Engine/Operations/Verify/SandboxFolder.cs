using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>A folder of our own for a trial restore, removed with all that is in it, whatever its names and depth.</summary>
internal sealed class SandboxFolder : IDisposable
{
    private readonly IFolder parent;
    private readonly byte[] name;

    private SandboxFolder(IFolder parent, byte[] name, string path)
    {
        this.parent = parent;
        this.name = name;
        Path = path;
    }

    public string Path { get; }

    /// <exception cref="BackupException">The folder cannot be used (<see cref="BackupError.DestinationUnusable"/>).</exception>
    public static SandboxFolder Create(IFileSystem fileSystem, string workPath, string id)
    {
        try
        {
            IFolder parent = fileSystem.OpenFolder(workPath);
            try
            {
                string text = "backupps-sandbox-" + id;
                byte[] name = PathText.ToBytes(text);
                parent.CreateFolder(name);
                return new SandboxFolder(parent, name, Backup.SourcePath.Join(workPath, text));
            }
            catch
            {
                parent.Dispose();
                throw;
            }
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.DestinationUnusable, $"'{PathText.ToDisplay(workPath)}' cannot be used for a trial restore: {e.Message}", workPath, e);
        }
    }

    public void Dispose()
    {
        using (parent) Remove();
    }

    private void Remove()
    {
        var open = new Stack<(IFolder Folder, byte[] Name)>();
        try
        {
            open.Push((Enter(parent, name), name));
            while (open.TryPeek(out (IFolder Folder, byte[] Name) level))
            {
                byte[]? below = Empty(level.Folder);
                if (below is not null)
                {
                    open.Push((Enter(level.Folder, below), below));
                    continue;
                }

                open.Pop().Folder.Dispose();
                (open.TryPeek(out (IFolder Folder, byte[] Name) above) ? above.Folder : parent).DeleteFolder(level.Name);
            }
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.WriteFailed, $"The trial restore in '{PathText.ToDisplay(Path)}' could not be removed: {e.Message}", Path, e);
        }
        finally
        {
            foreach ((IFolder folder, _) in open) folder.Dispose();
        }
    }

    // A restored folder may have a mode that keeps even its owner out.
    private static IFolder Enter(IFolder above, byte[] folder)
    {
        if (!OperatingSystem.IsWindows()) above.SetMode(folder, 0x1C0);
        return above.OpenFolder(folder);
    }

    /// <summary>Deletes what is no folder.</summary>
    /// <returns>A folder that is left, or <see langword="null"/>.</returns>
    private static byte[]? Empty(IFolder folder)
    {
        var names = new NameList();
        folder.ReadNames(names);
        byte[]? left = null;
        for (int i = 0; i < names.Count; i++)
        {
            byte[] item = names[i].ToArray();
            if (folder.GetInfo(item).Kind == ItemKind.Directory) left = item;
            else folder.Delete(item);
        }

        return left;
    }
}
