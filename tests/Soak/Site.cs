using BackupPS.Engine;

namespace BackupPS.Soak;

/// <summary>Where everything is: one repository, and for each process a home and a source of its own, as on several hosts.</summary>
/// <param name="folder">The folder of the soak.</param>
/// <param name="disk">The folder of the disk that gets into trouble: the repository is on it, and one of the homes.</param>
internal sealed class Site(string folder, string disk)
{
    public const string RepositoryName = "vault";

    public string Folder => folder;

    public string Disk => disk;

    public string Vault => Path.Join(disk, "vault");

    public string Manifests => Path.Join(folder, "manifests");

    public string KeyFile => Path.Join(folder, "key");

    public string SourceOf(string name) => Path.Join(folder, "source-" + name);

    /// <summary>Where a process has its catalog. One of them shares the repository's troubles; the others are there to meet them in the middle of a run.</summary>
    public string HomeOf(string name) => Path.Join(HasHomeOnDisk(name) ? disk : folder, "home-" + name);

    public static bool HasHomeOnDisk(string name) => name == "ada";

    /// <summary>Where a process restores to.</summary>
    public string RestoreFolderOf(string name) => Path.Join(folder, "restored-" + name);

    /// <summary>The home of somebody who comes from elsewhere to look.</summary>
    public string HomeElsewhere => Path.Join(folder, "home-elsewhere");

    /// <summary>Makes the folders, and the key.</summary>
    public void Create()
    {
        Directory.CreateDirectory(Manifests);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(KeyFile, options);
        file.Write(new byte[RepositorySecret.KeyFileLength]);
    }

    /// <summary>The same on the copy of the disk.</summary>
    public Site On(string copy) => new(folder, copy);

    public BackupEngine CreateEngine(string home, TimeSpan clockAhead)
    {
        RepositorySecret secret = RepositorySecret.FromKeyFile(KeyFile);
        return new BackupEngine(new EngineOptions { HomeFolder = home, TimeProvider = new ShiftedClock(clockAhead), Workers = 2, UnattendedSecret = () => secret });
    }

    /// <summary>Writes down what a tree is, before it is backed up.</summary>
    /// <returns>The tag that its snapshot gets.</returns>
    public string WriteManifest(IReadOnlyList<string> lines)
    {
        string tag = Guid.NewGuid().ToString("n");
        File.WriteAllLines(Path.Join(Manifests, tag), lines);
        return tag;
    }

    /// <summary>What the tree was that a snapshot with these tags holds; <see langword="null"/>: nobody wrote it down.</summary>
    public string[]? FindManifest(IReadOnlyList<string> tags)
    {
        foreach (string tag in tags)
        {
            string path = Path.Join(Manifests, tag);
            if (File.Exists(path)) return File.ReadAllLines(path);
        }

        return null;
    }
}
